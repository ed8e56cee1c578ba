"""axe-core in a page: what keeps somebody from using it, by rule and element."""

from __future__ import annotations

from playwright.sync_api import Page

from hotline.runtime import bundle

AXE = bundle.FRONTEND / "node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"light": {"type": "tag", "values": TAGS}, "dark": {"type": "rule", "values": ["color-contrast"]}}
"""Only colours change with the theme."""
RUN = """async runOnly => {
  const found = await axe.run(document, { runOnly, resultTypes: ['violations'] });
  const bad = found.violations.filter(each => each.impact === 'serious' || each.impact === 'critical');
  return bad.flatMap(each => each.nodes.map(node => `${each.id}: ${node.target.join(' ')}: ${node.failureSummary}`));
}"""
SETTLED = """() => Promise.all(document.getAnimations()
  .filter(each => each.effect.getComputedTiming().iterations < 10).map(each => each.finished.catch(() => 0)))"""


def violations(page: Page) -> list[str]:
    """Serious and critical ones of the page as it stands, in both themes. Transitions end first."""
    if not page.evaluate("window.axe !== undefined"):
        page.add_script_tag(path=str(AXE))
    found = []
    for theme, rules in RULES.items():
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        page.evaluate(SETTLED)
        found += [f"{theme}: {each}" for each in page.evaluate(RUN, rules)]
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    return found
