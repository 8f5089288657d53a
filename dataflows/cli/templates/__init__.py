"""What `dataflows new` writes: each template is a module that runs, with `my_step` for the name."""
