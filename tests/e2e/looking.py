"""What can only be seen in a real browser: the accessibility checker, sideways scroll, targets."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDTHS = (320, 390, 1024, 1440)

# Smaller than 24 px one way, and not a link inside a sentence (WCAG 2.5.8).
SMALL_TARGETS = """() => {
  const all = 'a[href],button,input,select,textarea,summary';
  const inSentence = e => {
    const around = e.tagName === 'A' && e.closest('p,li,dd');
    return around && around.textContent.trim() !== e.textContent.trim();
  };
  return [...document.querySelectorAll(all)]
    .filter(e => e.offsetParent !== null && e.type !== 'hidden' && !e.closest('.vh,.skip'))
    .filter(e => !inSentence(e))
    .map(e => [e, e.getBoundingClientRect()])
    .filter(([e, box]) => box.width > 0 && (box.width < 24 || box.height < 24))
    .map(([e, box]) => `${e.outerHTML.slice(0, 90)} ${box.width | 0}x${box.height | 0}`);
}"""

SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def problems(page: Page, *, widths: tuple[int, ...] = WIDTHS) -> list[str]:
    """Everything wrong with the page as it stands, at each of `widths` (CSS px), in words."""
    found = []
    page.wait_for_load_state()
    for width in widths:
        page.set_viewport_size({"width": width, "height": 844 if width < 600 else 900})
        at = f"{page.url} at {width}:"
        if over := page.evaluate(SIDEWAYS):
            found.append(f"{at} scrolls sideways by {over} px")
        found += [f"{at} small target {target}" for target in page.evaluate(SMALL_TARGETS)]
        found += [
            f"{at} {violation['id']}: {[node['html'][:140] for node in violation['nodes'][:3]]}"
            for violation in Axe().run(page).response["violations"]
        ]
    return found
