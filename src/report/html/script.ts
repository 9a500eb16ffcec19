// The page's script. Constant: nothing of a report is put into it, and its hash stands in the page's policy. It searches
// what is on the page, copies filters, and moves with the keyboard. Written for browsers, hence a string.
export const SCRIPT = `(() => {
'use strict';
const all = (selector, of = document) => [...of.querySelectorAll(selector)];
const find = document.getElementById('find');
const said = document.getElementById('said');
document.documentElement.classList.add('js');

let timer;
const say = (words) => {
  said.textContent = words;
  clearTimeout(timer);
  timer = setTimeout(() => { said.textContent = ''; }, 2500);
};

// Works from file:// too, where some browsers have no clipboard.
const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    if (!done) return say('The browser did not allow to copy');
  }
  say('Copied: ' + (text.length > 80 ? text.slice(0, 80) + '…' : text));
};
document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-copy]');
  if (button) copy(button.parentElement.querySelector('code').textContent);
});

const items = all('[data-severity]').map((node) => ({ node, severity: node.dataset.severity, text: null }));
const groups = all('.group, .server');
const filter = () => {
  const words = find.value.toLowerCase().split(/\\s+/).filter(Boolean);
  const shown = new Set(all('.bar input:checked').map((box) => box.value));
  let count = 0;
  for (const item of items) {
    item.text ??= (item.node.textContent + ' ' + item.node.closest('.group').dataset.words).toLowerCase();
    const fits = shown.has(item.severity) && words.every((word) => item.text.includes(word));
    item.node.hidden = !fits;
    if (fits) count++;
  }
  for (const table of all('table.brief')) table.hidden = !table.querySelector('tbody tr:not([hidden])');
  for (const group of groups) group.hidden = !group.querySelector('[data-severity]:not([hidden])');
  document.getElementById('count').textContent = count + ' of ' + items.length + ' shown';
};
const clear = () => {
  find.value = '';
  for (const box of all('.bar input[type=checkbox]')) box.checked = true;
  filter();
};
// A link to a finding that the filter hides shows it all the same.
const reveal = () => {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.closest('[hidden]')) {
    clear();
    target.scrollIntoView();
  }
};
if (find) {
  document.querySelector('.bar').addEventListener('input', filter);
  addEventListener('hashchange', reveal);
  filter();
  reveal();
}

// What is wider than the window can be scrolled by keyboard.
const scrollers = () => {
  for (const node of all('.scroll')) {
    if (node.scrollWidth > node.clientWidth) node.tabIndex = 0;
    else node.removeAttribute('tabindex');
  }
};
addEventListener('resize', scrollers);
scrollers();

const step = (by) => {
  const visible = items.map(({ node }) => node).filter((node) => node.offsetParent !== null);
  const top = (node) => node.getBoundingClientRect().top;
  const here = document.activeElement.closest('[data-severity]');
  let at = visible.indexOf(here);
  if (at < 0) at = by > 0 ? visible.findIndex((node) => top(node) > 60) - 1 : visible.findIndex((node) => top(node) > 60);
  const next = visible[Math.max(0, Math.min(visible.length - 1, at + by))];
  if (!next) return;
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'start' });
};
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches('input[type=search]');
  if (event.key === 'Escape' && find) {
    clear();
    find.blur();
  } else if (typing) return;
  else if (event.key === '/' && find) {
    event.preventDefault();
    find.focus();
    find.select();
  } else if (event.key === 'j') step(1);
  else if (event.key === 'k') step(-1);
  else if (event.key === 'c') document.activeElement.closest('[data-severity]')?.querySelector('[data-copy]')?.click();
});
})();`;
