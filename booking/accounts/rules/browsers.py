"""What a browser is called, so that its owner knows it again. Coarse: no fingerprint is kept."""

NAMES = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"))
PLACES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def browser_words(agent: str) -> str:
    """Return words like "Firefox, Android" for a User-Agent; "" where it says neither."""
    name = next((word for mark, word in NAMES if mark in agent), "")
    if not name and "Safari" in agent:
        name = "Safari"
    place = next((word for mark, word in PLACES if mark in agent), "")
    return ", ".join(word for word in (name, place) if word)
