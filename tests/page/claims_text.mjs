// How what was written is shown.
import assert from 'node:assert/strict';
import { claim } from './harness.mjs';

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const style = (locator, name) => locator.evaluate((element, property) => getComputedStyle(element)[property], name);

/** How many lines the words of an element take, each word by itself. */
const linesOfWords = (locator) => locator.evaluateAll((all) => all.map((element) => {
  const range = document.createRange();
  range.selectNodeContents(element);
  return new Set([...range.getClientRects()].map((rect) => Math.round(rect.top))).size;
}));

async function checkTable(v) {
  const names = ['Name', 'Architecture', 'Parameters', 'Vocabulary', 'Context', 'Quantization', 'Throughput', 'Licence'];
  const row = (cells) => `|${cells.join('|')}|`;
  await v.open();
  await v.ask(`echo:${[row(names), row(names.map(() => '---')), row(names.map((name) => name.toLowerCase()))].join('\n')}`);
  assert.deepEqual(new Set(await linesOfWords(v.answer().locator('th, td'))), new Set([1]), 'a word is broken');
  assert.ok((await v.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
}

claim('TablesKeepWordsWhole', {}, async (v) => {
  await checkTable(v);
  await v.ask('echo:|Name|What it does, at length|\n|---|---|\n|Nano|' + 'many words that fill the cell '.repeat(20) + '|');
  assert.deepEqual((await linesOfWords(v.answer().locator('th, td:first-child'))), [1, 1, 1]);
});

claim('TablesScrollByThemselvesOnAPhone', PHONE, async (v) => {
  await checkTable(v);
  const region = v.answer().getByRole('group', { name: 'Table' });
  await region.focus();
  await v.page.keyboard.press('ArrowRight');
  await v.page.waitForFunction(() => document.activeElement.scrollLeft > 0);
});

claim('TextRunsFromTheSideOfItsScript', {}, async (v) => {
  await v.open();
  await v.ask('echo:# שלום\n\nمرحبا بالعالم\n\n- ראשון\n\n| שם |\n|---|\n| ערך |\n\n> ציטוט\n\nplain words\n\n```\nשלום = 1\n```\n');
  const direction = (selector) => style(v.answer().locator(selector).first(), 'direction');
  for (const selector of ['h1', 'p', 'ul', 'td', 'blockquote']) assert.equal(await direction(selector), 'rtl', selector);
  assert.equal(await style(v.answer().getByText('plain words'), 'direction'), 'ltr');
  assert.equal(await direction('pre code'), 'ltr');
  await v.ask('שלום לכם');
  assert.equal(await style(v.page.locator('.bubble').last(), 'direction'), 'rtl');
  assert.equal(await style(v.page.locator('.bubble').first(), 'direction'), 'ltr');
});

claim('TableBeginsAtTheSideOfItsScript', {}, async (v) => {
  await v.open();
  await v.ask('echo:| שם | ערך |\n|---|---|\n| אלפא | 12 |\n| nano | שלוש |');
  const cells = await v.answer().locator('th, td').evaluateAll((all) => all.map((each) => [each.getBoundingClientRect().x, getComputedStyle(each).textAlign]));
  assert.deepEqual(new Set(cells.map(([, align]) => align)), new Set(['right']), 'cells do not line up');
  assert.ok(cells[0][0] > cells[1][0], 'the first column is not at the right');
  await v.ask('echo:| Name | Value |\n|---|---|\n| אלפא | one |');
  assert.equal(await style(v.answer().locator('table'), 'direction'), 'ltr');
  assert.equal(await style(v.answer().locator('td').first(), 'textAlign'), 'left');
});

claim('FormulasInBracketsAreSetAmongWords', {}, async (v) => {
  await v.open();
  await v.ask('echo:The square \\[ x^2 \\] is one, \\[ \\int_0^1 x\\,dx \\] another, and `\\[ y \\]` is code.\n\n\\[ z \\]');
  await v.answer().locator('.katex').nth(2).waitFor();
  assert.equal(await v.answer().locator('.katex-display').count(), 3);
  assert.equal(await v.answer().locator('p > code').textContent(), '\\[ y \\]');
});

claim('CodeSpanWithABracketHidesNothingWhileItIsWritten', {}, async (v) => {
  await v.open();
  await v.send('spans of code, patiently');
  await v.shows(v.answer().getByText(/begins a formula, and this is said after it/));
  v.letGo();
  await v.settled();
});

claim('DeepNestingKeepsRoomForWords', PHONE, async (v) => {
  await v.open();
  await v.ask('echo:' + '>'.repeat(14) + ' quoted words\n\n' + Array.from({ length: 14 }, (_, depth) => ' '.repeat(2 * depth) + '- item').join('\n'));
  const column = await v.answer().boundingBox();
  for (const words of ['quoted words', 'item']) {
    const box = await v.answer().getByText(words).last().boundingBox();
    assert.ok(column.x + column.width - box.x > 120 && box.x + box.width <= column.x + column.width + 1, `${words}: ${JSON.stringify(box)}`);
  }
});

claim('LongMessagesAreFolded', {}, async (v) => {
  await v.open();
  await v.ask(Array.from({ length: 29 }, (_, index) => `short line ${index}`).join('\n'));
  assert.equal(await v.button('Show all').count(), 0);
  await v.ask(Array.from({ length: 90 }, (_, index) => `line ${index}`).join('\n'));
  const height = async () => (await v.page.locator('.bubble').nth(1).boundingBox()).height;
  assert.ok((await height()) < 500);
  await v.ask('Hello'); // what is not the last message shows its buttons when it is pointed at; not so this one
  await v.field.hover();
  const opacity = await v.button('Show all').evaluate((element) => {
    let product = 1;
    for (let each = element; each; each = each.parentElement) product *= Number(getComputedStyle(each).opacity);
    return product;
  });
  assert.equal(opacity, 1);
  await v.button('Show all').click();
  assert.ok((await height()) > 1500);
  await v.button('Show less').click();
  assert.ok((await height()) < 500);
});

claim('FormulasCannotCoverTheScreen', {}, async (v) => {
  await v.open();
  await v.ask('echo:$\\rule{9999em}{9999em}$ and $\\def\\a{\\a\\a}\\a$ end');
  const rule = v.answer().locator('.katex .rule');
  await rule.waitFor({ state: 'attached' });
  const { width, height } = await rule.boundingBox();
  assert.ok(width < 200 && height < 200, `${width} x ${height}`);
});

claim('FormulaThatCannotBeSetKeepsItsDollars', {}, async (v) => {
  await v.open();
  await v.ask('echo:It says $\\frac{$ here and $x$ there, and\n\n$$\\frac{$$\n\nends.');
  await v.answer().locator('.katex').waitFor();
  assert.match(await v.answer().locator('.markdown').textContent(), /It says \$\\frac\{\$ here[\s\S]*\$\$\\frac\{\$\$/);
});

claim('CodeHasNoLigatures', {}, async (v) => {
  await v.open();
  await v.ask('echo:`a::b`\n\n```cpp\nstd::min(a, b) </\n```\n');
  for (const selector of ['p code', 'pre code']) assert.equal(await style(v.answer().locator(selector), 'fontVariantLigatures'), 'none', selector);
});

claim('NumbersOfBarsStayInTheirCard', PHONE, async (v) => {
  await v.open('/collected');
  await v.page.locator('.bars dd span').first().waitFor();
  const overhang = await v.page.locator('.bars dd span').evaluateAll((all) => all.map((each) => {
    const card = each.closest('.card');
    return each.getBoundingClientRect().right - (card.getBoundingClientRect().right - parseFloat(getComputedStyle(card).paddingRight));
  }));
  assert.ok(Math.max(...overhang) <= 1.5, `${Math.max(...overhang)} px`);
});

claim('SettingsAsByDefaultAreFoldedAmongTheFacts', {}, async (v) => {
  await v.page.route('**/answers', async (route) => {
    const body = route.request().postDataJSON();
    const settings = { temperature: 0.3, top_p: 0.95, min_p: 0.05, top_k: 0, stop: '', logit_bias: '', tools: 'on', max_tokens: 512, mirostat: 0 };
    await route.continue({ postData: JSON.stringify({ ...body, settings }) });
  });
  await v.open();
  await v.ask('Hello');
  await v.page.getByRole('button', { name: /tokens\/s/ }).click();
  const sheet = v.page.getByRole('dialog', { name: 'How this answer was made' });
  await v.shows(sheet.getByText('Temperature', { exact: true }));
  assert.ok(!(await sheet.getByText('Top-p', { exact: true }).isVisible()));
  assert.ok(!(await sheet.getByText(/Logit bias|Tools/).first().isVisible()));
  await sheet.getByText('The other settings are as ever').click();
  await v.shows(sheet.getByText('Top-p', { exact: true }));
});
