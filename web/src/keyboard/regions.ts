/** The parts of the page that F6 walks through: list, header, messages, message field, details, small windows. */

const regions = "[data-region], [role=feed], [role=complementary], aside, .composer, .read-only"
const focusable = "a[href], button:not([disabled]), input, textarea, select, [tabindex='0']"
/** Where one wants to be in a region, before its first control. */
const wanted = "[aria-current=page], textarea, article[tabindex='0']"

export const walkRegions = (root: HTMLElement, by: 1 | -1) => {
  const all = visible(root, regions).filter((one) => targetIn(one) !== undefined)
  const here = all.findLastIndex((one) => one.contains(document.activeElement))
  const from = here < 0 && by < 0 ? 0 : here
  const next = all[(from + by + all.length) % all.length]
  if (next !== undefined) targetIn(next)?.focus()
}

const targetIn = (region: HTMLElement) => {
  const [at] = [...visible(region, wanted), ...(region.tabIndex >= 0 ? [region] : visible(region, focusable))]
  return at
}

const visible = (root: HTMLElement, selector: string) =>
  [...root.querySelectorAll<HTMLElement>(selector)].filter((one) => one.checkVisibility())
