"""A function of the row that costs its time: how far two of its texts are from each other."""


def set_distance(row):
    """Count the letters to insert, delete or change (Levenshtein's distance)."""
    left, right = f"{row['customer']}, {row['region']}", row["note"] or "nothing was noted"
    above = list(range(len(right) + 1))
    for number, letter in enumerate(left, start=1):
        line = [number]
        for index, other in enumerate(right):
            line.append(
                min(above[index] + (letter != other), above[index + 1] + 1, line[index] + 1)
            )
        above = line
    row["distance"] = above[-1]
