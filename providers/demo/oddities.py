"""A status answer as the worst panels of the field write it."""

SPELLINGS = {
    "Pending": ("pending", "PENDING", "Awaiting"),
    "In progress": ("Inprogress", "in_progress", "In Progress"),
    "Completed": ("completed", "Complete", "COMPLETED "),
}


def oddly(answer: dict[str, object], number: int) -> dict[str, object]:
    """Return the same facts spelled otherwise, numbers as strings or floats, members missing: by its id."""
    turn = number % 3
    odd = dict(answer)
    odd["status"] = SPELLINGS.get(str(answer["status"]), (answer["status"],) * 3)[turn]
    remains = int(str(answer["remains"]))
    odd["remains"] = (remains, float(remains), f" {remains}.0 ")[turn]
    odd["charge"] = (float(str(answer["charge"])), answer["charge"], None)[turn]
    if turn:
        del odd["start_count"]
    return odd
