// Finds things on a page the way a person names them, and reads what a person can read.
// Called inside the page under test with: a question, the parts of the page to look in, and what the question needs.
const [question, scope, ...needs] = arguments;

const squeeze = (text) => (text ?? "").replace(/\s+/g, " ").trim();
const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
const deepest = (elements) => elements.filter((one) => !elements.some((other) => other !== one && one.contains(other)));

// --- names ---

// The words inside an element, as a screen reader says them.
const words = (node) => {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (!(node instanceof Element)) return "";
  if (node.ariaHidden === "true" || node.matches("script, style, template, select, textarea")) return "";
  if (node.ariaLabel) return ` ${node.ariaLabel} `;
  if (node.tagName === "IMG") return ` ${node.alt} `;
  if (node !== document.body && node.checkVisibility && !node.checkVisibility()) return "";
  const inside = [...node.childNodes].map(words).join("");
  return getComputedStyle(node).display.startsWith("inline") ? inside : ` ${inside} `;
};

const referenced = (element, attribute) =>
  squeeze((element.getAttribute(attribute) ?? "").split(/\s+/).map((id) => {
    const target = id && document.getElementById(id);
    return target ? words(target) || target.textContent : "";
  }).join(" "));

const nameOf = (element) => {
  const given = referenced(element, "aria-labelledby") || squeeze(element.ariaLabel);
  if (given) return given;
  if (element.labels?.length) return squeeze([...element.labels].map(words).join(" "));
  if (element.matches("input[type=submit], input[type=button], input[type=reset]")) return squeeze(element.value);
  if (element.matches("input[type=image]")) return squeeze(element.alt);
  if (element.matches("input, select, textarea")) return squeeze(element.placeholder || element.title);
  return squeeze(words(element)) || squeeze(element.title);
};

const nameOfPart = (element) => {
  const given = referenced(element, "aria-labelledby") || squeeze(element.ariaLabel);
  if (given) return given;
  const title = element.querySelector(":scope > legend, :scope > caption, :scope > summary, h1, h2, h3, h4, h5, h6");
  return title ? squeeze(words(title)) : "";
};

// --- where to look ---

const trouble = (text) => { throw { trouble: text }; };
const listed = (names) => names.length ? `There are: ${[...new Set(names)].map((name) => `“${name}”`).join(", ")}` : "There is none";

// “E-mail (optional)” is still the e-mail to its reader.
const begins = (own, name) => own.startsWith(name);
// “Invites 3” is still the button Invites, but “Remove from group” is not the button Remove.
const counts = (own, name) => own.startsWith(name) && /^ ?\(?\d*\)?$/.test(own.slice(name.length));

const one = (kind, name, candidates, naming, nearly = begins) => {
  const named = candidates.map((element) => [element, naming(element)]);
  let found = named.filter(([, own]) => own === name);
  if (!found.length) found = named.filter(([, own]) => nearly(own, name));
  const elements = found.map(([element]) => element);
  const [first] = elements;
  if (!first) trouble(`no ${kind} “${name}”. ${listed(named.map(([, own]) => own).filter(Boolean))}`);
  // The same link twice, in a menu and in a trail, is no ambiguity.
  const same = elements.every((element) => element.href && element.href === first.href);
  if (elements.length > 1 && !same) trouble(`${elements.length} times a ${kind} “${name}”: say in which row or part`);
  return first;
};

const all = (root, selector) => [...root.querySelectorAll(selector)].filter(shown);

const finders = {
  row: (root, text) => {
    const rows = all(root, "tr, [role=row], li, [role=listitem], article");
    const matching = deepest(rows.filter((row) => squeeze(read(row)).includes(text)));
    // “Ada” is Ada's row, not also Ada-Marie's.
    const exact = matching.filter((row) => [row, ...row.querySelectorAll("*")].some((cell) => squeeze(read(cell)) === text));
    const found = exact.length ? exact : matching;
    if (!found.length) trouble(`no row with “${text}”. ${listed(rows.map((row) => squeeze(read(row))).slice(0, 60))}`);
    if (found.length > 1) trouble(`${found.length} rows with “${text}”`);
    return found[0];
  },
  part: (root, name) => {
    const parts = "dialog, section, form, fieldset, nav, table, main, aside, header, footer, article, details, [popover], " +
      "[role=dialog], [role=region], [role=group], [role=radiogroup], [role=tabpanel], [role=menu], [role=search]";
    const named = all(root, parts).map((part) => [part, nameOfPart(part)]);
    const found = deepest(named.filter(([, own]) => own === name).map(([part]) => part));
    if (!found.length) trouble(`no part “${name}”. ${listed(named.map(([, own]) => own).filter(Boolean))}`);
    if (found.length > 1) trouble(`${found.length} parts “${name}”`);
    return found[0];
  },
};

const within = (start) => scope.reduce((root, [kind, name]) => finders[kind](root, name), start);
// Behind a modal dialog nobody can press anything.
const reachable = () => {
  const top = [...document.querySelectorAll("dialog:modal")].at(-1);
  const place = within(document.body);
  return top && place.contains(top) ? top : place;
};

// --- what can be read ---

const hiddenVisually = (element, style) => {
  const { width, height } = element.getBoundingClientRect();
  return style.position === "absolute" && width <= 1 && height <= 1;
};

const read = (node) => {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (!(node instanceof Element) || node.matches("script, style, template, datalist")) return "";
  const style = getComputedStyle(node);
  if (style.display === "none" || style.visibility === "hidden" && !node.children.length) return "";
  if (style.display !== "contents" && (!node.checkVisibility() || hiddenVisually(node, style))) return "";
  if (node.tagName === "SELECT") return ` ${[...node.selectedOptions].map((option) => option.textContent).join(" ")} `;
  if (node.tagName === "TEXTAREA") return ` ${node.value || node.placeholder} `;
  if (node.tagName === "INPUT") {
    const silent = ["hidden", "password", "checkbox", "radio", "file", "color", "range"].includes(node.type);
    return silent ? "" : ` ${node.value || node.placeholder} `;
  }
  if (node.tagName === "IMG") return ` ${node.alt} `;
  if (node.tagName === "BR") return "\n";
  const inside = [...node.childNodes].map(read).join("");
  if (style.display === "table-cell") return ` ${inside} `;
  return style.display.startsWith("inline") || style.display === "contents" ? inside : `\n${inside}\n`;
};

// What is about to be replaced would go away under the hand, and tells what was.
const settled = (root) =>
  root.closest("[aria-busy=true]") ?? root.querySelector("[aria-busy=true]") ? trouble("it is being looked up anew") : root;

const readable = (root) => read(root).split("\n").map(squeeze).filter(Boolean).join("\n");

// --- what is on its way ---

// A form that was sent is heard of when its answer is the page; whoever went elsewhere before might call it back.
if (!window.sentFormsAreNoted) {
  window.sentFormsAreNoted = true;
  document.addEventListener("submit", (event) => {
    const method = event.submitter?.getAttribute("formmethod") ?? event.target.method;
    if (method !== "post") return;
    window.answerAwaited = true;
    // Known only once every listener was asked; a question may come before that.
    setTimeout(() => { window.answerAwaited = !event.defaultPrevented; });
  });
}

// --- questions ---

const fields = "input:not([type=hidden], [type=submit], [type=button], [type=reset], [type=image]), select, textarea";
const controls = "button, a[href], summary, input[type=submit], input[type=button], input[type=reset], input[type=image], " +
  "[role=button], [role=link], [role=menuitem], [role=tab]";

// What to click for a checkbox or radio button: a restyled one may be too small to hit, but its label is not.
const target = (input) => {
  const { width, height } = input.getBoundingClientRect();
  const label = [...(input.labels ?? [])].find(shown);
  return (width < 8 || height < 8 || getComputedStyle(input).opacity === "0") && label ? label : input;
};
const enabled = (element, name) => {
  if (element.matches(":disabled, [aria-disabled=true]")) trouble(`“${name}” cannot be used now: it is disabled`);
  return settled(element);
};
const toggles = (root, selector) =>
  [...root.querySelectorAll(selector)].filter((input) => shown(input) || [...(input.labels ?? [])].some(shown));

const answers = {
  text: () => readable(settled(within(document.body))),
  field: (label) => {
    const element = enabled(one("field", label, all(reachable(), fields), nameOf), label);
    return { element, kind: element.tagName === "INPUT" ? element.type : element.tagName.toLowerCase() };
  },
  value: (label) => one("field", label, all(reachable(), fields), nameOf).value,
  option: (label, option) => {
    const root = reachable();
    const groups = all(root, "fieldset, [role=radiogroup], [role=group]").filter((group) => nameOfPart(group) === label);
    const [group] = deepest(groups);
    if (group) {
      const input = enabled(one("choice", option, toggles(group, "input[type=radio], input[type=checkbox]"), nameOf), option);
      return { element: target(input), chosen: input.checked };
    }
    const select = enabled(one("list", label, all(root, "select"), nameOf), label);
    const element = enabled(one("choice", option, [...select.options], (own) => squeeze(own.label)), option);
    return { element, chosen: element.selected };
  },
  toggle: (label) => {
    const input = one("checkbox", label, toggles(reachable(), "input[type=checkbox], input[type=radio], [role=switch]"), nameOf);
    enabled(input, label);
    return { element: target(input), chosen: input.checked ?? input.ariaChecked === "true" };
  },
  control: (name) => ({ element: enabled(one("button or link", name, all(reachable(), controls), nameOf, counts), name) }),
  there: (kind, name) => { finders[kind](within(document.body), name); return true; },
  // As pasting does it: one input event, and what the page makes of it.
  paste: (element, value) => { element.focus(); element.select(); document.execCommand("insertText", false, value); return true; },
  // Date and time fields take keys in an order that depends on the browser's language.
  set: (element, value) => {
    element.value = value;
    for (const kind of ["input", "change"]) element.dispatchEvent(new Event(kind, { bubbles: true }));
    return true;
  },
  answered: () => window.answerAwaited ? trouble("a form was sent and is not answered") : true,
  focused: () => document.activeElement && document.activeElement !== document.body ? nameOf(document.activeElement) : "",
  sideways: () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
  enlarge: (percent) => { document.documentElement.style.fontSize = `${percent}%`; return true; },
};

try {
  return { answer: answers[question](...needs) };
} catch (problem) {
  if (problem.trouble) return { trouble: problem.trouble };
  throw problem;
}
