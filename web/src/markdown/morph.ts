// Changes a tree of nodes into another with as few touches as possible: selection, scrolling and set formulas stay.

function isSame(a: Node, b: Node): boolean {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName;
}

function morphAttributes(from: Element, to: Element) {
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of [...to.attributes]) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
}

function morphNode(from: Node, to: Node) {
  if (from instanceof Element && to instanceof Element) {
    const isSetFormula = from instanceof HTMLElement && to instanceof HTMLElement && from.dataset.done !== undefined;
    if (isSetFormula && from.dataset.tex === to.dataset.tex && from.dataset.display === to.dataset.display) return;
    if (from.classList.contains('copy') && to.classList.contains('copy')) return; // may be saying "Copied"
    morphAttributes(from, to);
    morphChildren(from, to);
  } else if (from.nodeValue !== to.nodeValue) {
    from.nodeValue = to.nodeValue;
  }
}

/** Makes the children of `from` equal to those of `to`, which is used up. */
export function morphChildren(from: Node, to: Node) {
  const wanted = [...to.childNodes];
  wanted.forEach((node, index) => {
    const present = from.childNodes[index];
    if (!present) from.appendChild(node);
    else if (isSame(present, node)) morphNode(present, node);
    else from.replaceChild(node, present);
  });
  while (from.childNodes.length > wanted.length) from.removeChild(from.lastChild!);
}
