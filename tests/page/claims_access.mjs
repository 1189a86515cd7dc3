// Keyboard, screen readers, contrast, small screens, colour schemes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { claim } from './harness.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

async function checkAccess(v, where) {
  await v.page.waitForFunction((wanted) => getComputedStyle(document.documentElement).colorScheme === wanted, where.split(', ')[1]);
  await v.page.evaluate(() => Promise.all(document.getAnimations().map((each) => each.effect.getTiming().iterations === Infinity || each.finished.catch(() => {}))));
  await v.page.evaluate(axe);
  const { violations } = await v.page.evaluate((standards) => window.axe.run(document, { runOnly: standards, resultTypes: ['violations'] }), STANDARDS);
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + ' ' + (node.any[0]?.message ?? '')).join(' | ')}`);
  assert.deepEqual(found, [], where);
}

/** Nothing is wider than the window. */
async function checkWidth(v, where) {
  const widths = await v.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(widths[0] <= widths[1], `${where}: ${widths[0]} px wide in ${widths[1]} px`);
}

const WIDE = `$$${Array.from({ length: 90 }, (_, index) => `a_{${index}}`).join(' + ')}$$`;
const TABLE = '| Name | Value |\n|---|---|\n| nano | 1 |';
const CONTENT = [WIDE, 'An \\(\\href{https://x.test/}{x}\\) that is not followed.', TABLE, TABLE, '```python\nx = 1\n```', '```python\ny = 2\n```', '```'].join('\n\n');

const PLACES = {
  first: async () => {},
  chat: async (v) => {
    await v.ask('Please think: what is 17 * 23?');
    await v.ask('A tour');
    await v.page.locator('.katex').first().waitFor();
  },
  content: async (v) => {
    await v.ask('echo:' + CONTENT);
    await v.page.locator('.math[tabindex]').waitFor();
  },
  tooLong: async (v) => {
    await v.ask('too long ' + 'word '.repeat(2000));
    await v.button('Edit the message').last().waitFor();
  },
  editing: async (v) => {
    await v.ask('Hello');
    await v.button('Edit the message').click();
  },
  settings: async (v) => {
    await v.page.keyboard.press('Alt+p');
    await v.page.locator('summary').evaluateAll((all) => all.forEach((each) => each.click()));
    await v.page.getByRole('list', { name: 'Steps of drawing' }).waitFor();
  },
  search: async (v) => {
    await v.page.keyboard.press('Control+k');
    await v.page.getByRole('combobox').fill('the');
    await v.page.locator('mark').first().waitFor();
  },
  shortcuts: async (v) => v.page.keyboard.press('Control+/'),
  sidebar: async (v) => {
    const show = v.button('Show the sidebar');
    if (await show.count()) await show.click();
    await v.button('Preferences').waitFor();
  },
  preferences: async (v) => {
    await PLACES.sidebar(v);
    await v.button('Preferences').click();
  },
  compare: async (v) => {
    await v.button('Compare answers').click();
    await v.ask('Hello');
    await v.button('A is better').click();
  },
  ranking: async (v) => {
    await v.button('Compare answers').click();
    await v.page.getByRole('combobox', { name: 'Number of answers' }).selectOption('3');
    await v.ask('Hello');
    await v.button('This is the best (answer B)').click();
  },
  thumb: async (v) => {
    await v.ask('Hello');
    await v.button('Good answer').click();
    await v.page.getByText('What is good about it?').waitFor();
  },
  collected: async (v) => {
    await v.open('/collected');
    await v.page.getByText('Every judgement').waitFor();
  },
};

async function everyPlace(v) {
  for (const [place, go] of Object.entries(PLACES)) {
    await v.open();
    await go(v);
    await checkWidth(v, place);
    for (const colorScheme of ['light', 'dark']) {
      await v.page.emulateMedia({ colorScheme });
      await checkAccess(v, `${place}, ${colorScheme}`);
    }
  }
}

claim('EveryPlaceIsAccessibleOnADesktopLightAndDark', { mayFail: true }, everyPlace); // a refusal is seen in the console
claim('EveryPlaceIsAccessibleOnAPhoneLightAndDark', { ...PHONE, mayFail: true }, everyPlace);

claim('WideFormulaIsScrolledByKeyboard', {}, async (v) => {
  await v.open();
  await v.ask('echo:' + WIDE + '\n\n$$x$$');
  await v.page.locator('.katex').nth(1).waitFor();
  const wide = v.answer().getByRole('group', { name: 'Formula' });
  assert.equal(await wide.count(), 1);
  await wide.focus();
  await v.page.keyboard.press('ArrowRight');
  await v.page.waitForFunction(() => document.activeElement.scrollLeft > 0);
});

claim('KeyboardAloneIsEnough', {}, async (v) => {
  const focus = () => v.page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent);
  await v.open();
  await v.page.keyboard.press('Alt+i');
  await v.page.keyboard.type('Hello');
  await v.page.keyboard.press('Enter');
  await v.settled();
  await v.page.keyboard.press('Alt+r');
  await v.settled();
  await v.shows(v.answer().getByText('2 / 2'));
  await v.page.keyboard.press('Alt+,');
  await v.shows(v.answer().getByText('1 / 2'));
  await v.page.keyboard.press('Alt+ArrowUp');
  assert.match(await focus(), /^You, message 1 of 2/);
  await v.page.keyboard.press('Alt+ArrowDown');
  assert.match(await focus(), /^Answer, message 2 of 2/);
  await v.button('More for this answer').focus();
  await v.page.keyboard.press('Enter');
  await v.page.locator('[role=menuitem]:focus').waitFor();
  await v.page.keyboard.press('ArrowDown');
  assert.match(await focus(), /Report/);
  await v.page.keyboard.press('Escape');
  assert.equal(await focus(), 'More for this answer');
  await v.field.focus();
  await v.page.keyboard.press('ArrowUp');
  assert.equal(await focus(), 'Edit your message');
  await v.page.keyboard.press('Escape');
  await v.page.keyboard.press('Alt+n');
  await v.shows(v.page.getByText('What would you like to know?'));
});

claim('EveryControlHasANameAndAFocusRing', {}, async (v) => {
  await v.open();
  await v.ask('Hello');
  const seen = new Set();
  for (let step = 0; step < 60; step++) {
    await v.page.keyboard.press('Tab');
    const state = await v.page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const style = getComputedStyle(element);
      const composer = element.closest('.composer') !== null && element.tagName === 'TEXTAREA';
      const name = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
      return { name: name.trim(), hasRing: composer || style.outlineStyle !== 'none', html: element.outerHTML.slice(0, 120) };
    });
    if (!state) continue;
    assert.ok(state.name, `no name: ${state.html}`);
    assert.ok(state.hasRing, `no focus ring: ${state.html}`);
    seen.add(state.name);
  }
  for (const name of ['Send', 'Message', 'Settings', 'Copy the answer', 'Good answer', 'New chat']) {
    assert.ok(seen.has(name) || name === 'Send', `${name} is not reached by Tab`);
  }
});

claim('GrowingAnswerIsReadSentenceBySentence', {}, async (v) => {
  await v.open();
  await v.page.evaluate(() => {
    window.said = [];
    const live = document.querySelector('p[aria-live=polite]');
    new MutationObserver(() => window.said.push(live.textContent)).observe(live, { childList: true, characterData: true, subtree: true });
  });
  await v.send('a long one, patiently');
  await v.answer().getByText('Paragraph 4').waitFor();
  await v.page.waitForFunction(() => window.said.length >= 2);
  await v.button('Stop').click();
  const said = await v.page.evaluate(() => window.said);
  assert.ok(said.length >= 2 && said.length < 30, `${said.length} announcements`);
  assert.match(said[0], /[.!?]$/);
});

claim('SchemeFollowsTheSystemUntilOneIsChosen', { colorScheme: 'dark' }, async (v) => {
  const shows = (scheme) => v.page.waitForFunction((wanted) => getComputedStyle(document.documentElement).colorScheme === wanted, scheme);
  await v.open();
  await shows('dark');
  await v.page.emulateMedia({ colorScheme: 'light' });
  await shows('light');
  await v.button('Preferences').click();
  await v.page.getByText('Dark', { exact: true }).click();
  await shows('dark');
  await v.page.reload();
  await v.field.waitFor();
  await shows('dark');
});

claim('SidebarIsADrawerOnAPhone', PHONE, async (v) => {
  await v.open();
  assert.equal(await v.page.getByRole('link', { name: 'New chat', exact: true }).count(), 0);
  await v.button('Show the sidebar').click();
  await v.page.getByRole('link', { name: 'Why the sky is blue' }).click();
  await v.shows(v.answer().getByText('Short waves are scattered'));
  assert.equal(await v.page.getByRole('link', { name: 'New chat', exact: true }).count(), 0);
  await v.button('Show the sidebar').click();
  await v.page.keyboard.press('Escape');
  assert.equal(await v.page.getByRole('link', { name: 'New chat', exact: true }).count(), 0);
});
