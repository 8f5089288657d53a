"""The style of a page: light and dark, and readable on a phone."""

from __future__ import annotations

__all__ = ["PAGE_STYLE"]

PAGE_STYLE = """
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#1b2330;--soft:#5a6576;
--line:#dfe3ea;--accent:#2f6fde;--pale:#dbe7fb;--warn:#b3261e;--head:#eef1f6}
@media (prefers-color-scheme:dark){:root{--page:#12161d;--card:#1b212b;--ink:#e6eaf1;
--soft:#9aa6b8;--line:#2c3543;--accent:#7aa7ff;--pale:#26385c;--warn:#ff8a80;--head:#232b37}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1180px;margin:0 auto;padding:28px 20px 60px}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:44px 0 2px;overflow-wrap:anywhere}
h1+section h2{margin-top:14px}
h3{font-size:1rem;margin:28px 0 10px}
h4{font-size:.95rem;margin:0;overflow-wrap:anywhere;font-weight:650}
p{margin:0 0 10px}.facts+p{margin-top:10px}.card p{font-size:.84rem;margin:4px 0;
overflow-wrap:anywhere}.soft{color:var(--soft)}.warn{color:var(--warn)}
nav{margin:14px 0;display:flex;flex-wrap:wrap;gap:8px}
nav a{color:var(--accent);text-decoration:none;background:var(--card);border:1px solid var(--line);
border-radius:999px;padding:2px 12px;overflow-wrap:anywhere;max-width:100%}
.facts{display:flex;flex-wrap:wrap;gap:10px;margin:14px 0 0}
.facts div{background:var(--card);border:1px solid var(--line);border-radius:10px;
padding:8px 14px;min-width:104px}
.facts b{display:block;font-size:1.15rem;font-variant-numeric:tabular-nums}
.facts span{color:var(--soft);font-size:.82rem}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:10px}
table{border-collapse:collapse;font-size:.86rem;width:max-content;min-width:100%}
th,td{padding:6px 12px;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);
white-space:pre-wrap;max-width:26rem;overflow-wrap:break-word;min-width:3rem}
th{background:var(--head);white-space:nowrap;font-weight:600;position:sticky;top:0}
tbody tr:last-child td{border-bottom:0}
.df-n{text-align:right;font-variant-numeric:tabular-nums}
.df-t{font-weight:normal;color:var(--soft)}.df-0{color:var(--soft);opacity:.6}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,258px),1fr));gap:12px}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 14px;
min-width:0}
.kind{display:inline-block;background:var(--head);border-radius:6px;padding:0 7px;
font-size:.78rem;color:var(--soft);overflow-wrap:anywhere;margin:2px 0 6px}
dl{display:grid;grid-template-columns:auto minmax(0,1fr);gap:1px 12px;margin:6px 0 0;
font-size:.84rem}
dt{color:var(--soft)}dd{margin:0;text-align:right;font-variant-numeric:tabular-nums;
overflow-wrap:anywhere}
.df-bars{display:block;width:100%;height:44px;margin-top:8px;border-bottom:1px solid var(--line)}
.df-bars rect,.df-share rect{fill:var(--accent)}
.ends{display:flex;justify-content:space-between;gap:12px;font-size:.75rem;color:var(--soft);
font-variant-numeric:tabular-nums}
.ends span{min-width:0;overflow-wrap:anywhere}
.top{list-style:none;margin:8px 0 0;padding:0;font-size:.82rem}
.top li{margin-top:4px}
.top div{display:flex;justify-content:space-between;gap:12px}
.top div span:first-child{overflow-wrap:anywhere;min-width:0}
.top div span:last-child{color:var(--soft);font-variant-numeric:tabular-nums}
.df-share{display:block;width:100%;height:4px;background:var(--pale);border-radius:2px}
footer{margin-top:48px;color:var(--soft);font-size:.8rem}
@media (max-width:480px){main{padding:18px 12px 40px}h1{font-size:1.3rem}
th,td{padding:5px 8px;max-width:15rem}.facts div{flex:1 1 90px}}
@media print{body{background:#fff}.card,.scroll{break-inside:avoid}}
"""
"""One sheet for both: the colours are those that the reader's system asks for."""
