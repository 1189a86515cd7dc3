// Answers side by side: judged without names, and nothing that was said about them is lost.
import assert from 'node:assert/strict';
import { claim } from './harness.mjs';

const EMPTY = { server: { isEmpty: true } };
/** What is stored, oldest first. */
const said = async (v) => (await v.api('/api/feedback')).events.reverse().map(({ kind, choice, ranking, reasons }) => [kind, choice ?? ranking.length, reasons]);

async function compare(v, number = '2') {
  await v.open('/compare');
  await v.page.getByRole('combobox', { name: 'Number of answers' }).selectOption(number);
  await v.ask('Hello');
}

claim('ComparisonIsBlindAndStoresTheOrderShown', { server: { isEmpty: true } }, async (v) => {
  await v.open('/compare');
  await v.page.getByRole('combobox', { name: 'Model of answer 2' }).selectOption('smollm2');
  await v.ask('Hello');
  const sides = v.page.locator('article.side');
  assert.equal(await sides.count(), 2);
  const shown = await sides.locator('.markdown').allTextContents();
  await v.page.reload();
  await sides.locator('.markdown').nth(1).waitFor();
  assert.deepEqual(await sides.locator('.markdown').allTextContents(), shown);
  assert.doesNotMatch(await v.page.locator('.comparison').textContent(), /nano|smollm2/);
  await v.button('B is better').click();
  await v.becomes(() => said(v), [['choice', 1, []]]);
  await v.button('Clearer').click();
  await v.button('Done').click();
  await v.shows(v.page.getByText(/Stored. A was \w+, B was \w+/));
  const [event] = (await v.api('/api/feedback')).events;
  assert.deepEqual([event.kind, event.choice, event.reasons], ['choice', 1, ['clear']]);
  assert.deepEqual(event.excerpts, shown.map((text) => text.trim().slice(0, 200)));
  assert.equal((await v.answer().locator('.markdown').textContent()).trim(), shown[1].trim());
});

claim('SeveralAnswersAreRankedBlindly', { server: { isEmpty: true } }, async (v) => {
  await v.open('/compare');
  await v.page.getByRole('combobox', { name: 'Number of answers' }).selectOption('4');
  await v.page.getByRole('combobox', { name: 'Model of answer 2' }).selectOption('smollm2');
  await v.ask('Hello');
  const sides = v.page.locator('article.side');
  assert.equal(await sides.count(), 4);
  assert.doesNotMatch(await v.page.locator('.comparison').textContent(), /nano|smollm2/);
  const shown = await sides.locator('.markdown').allTextContents();
  await v.button('This is the best (answer C)').click();
  await v.button('This is the second (answer A)').click();
  await v.button('Second (answer A)').click(); // takes it back
  await v.button('This is the second (answer B)').click();
  await v.button('This is the third (answer D)').click();
  assert.deepEqual(await v.page.getByRole('list', { name: 'The order so far' }).locator('li').allTextContents(), ['BestC', 'SecondB', 'ThirdD', 'FourthA']);
  await v.button('Clearer').click();
  await v.button('Done').click();
  await v.shows(v.page.getByText(/Stored. A was \w+, B was \w+, C was \w+, D was \w+/));
  const [event] = (await v.api('/api/feedback')).events;
  const places = event.ranking.map((id) => 'ABCD'[event.message_ids.indexOf(id)]);
  assert.deepEqual([event.kind, places.join(''), event.reasons], ['ranking', 'CBDA', ['clear']]);
  assert.equal((await v.answer().locator('.markdown').textContent()).trim(), shown[2].trim());
  await v.shows(v.answer().getByText(/\d \/ 4/));
  await v.page.goto(v.url + '/collected');
  await v.shows(v.page.getByText('Ranking', { exact: true }));
  assert.equal((await v.page.locator('.excerpt').first().textContent()).slice(1, 40), shown[2].trim().slice(0, 39));
});

claim('ChoiceIsStoredAtOnceWhateverWayOutIsTaken', EMPTY, async (v) => {
  const waysOut = [
    () => v.page.keyboard.press('Alt+n'),
    () => v.page.getByRole('link', { name: 'Collected' }).click(),
    () => v.page.reload(),
    () => v.ask('And then?'),
  ];
  for (const leave of waysOut) {
    await compare(v);
    const before = (await said(v)).length;
    await v.button('B is better').click();
    await v.becomes(async () => (await said(v)).slice(before), [['choice', 1, []]]);
    await v.button('Clearer').click();
    await leave();
    await v.becomes(async () => (await said(v)).slice(before).at(-1), ['choice', 1, ['clear']]);
  }
});

claim('ChoiceCanBeChangedAfterAReload', EMPTY, async (v) => {
  await compare(v);
  await v.button('B is better').click();
  await v.shows(v.page.getByText('Stored. It can still be changed.'));
  await v.page.reload();
  await v.page.locator('button[aria-pressed=true]').getByText('B is better').waitFor();
  await v.button('Equally good').click();
  await v.becomes(() => said(v), [['choice', 1, []], ['choice', 'tie', []]]);
  await v.page.getByPlaceholder('In your own words').fill('No difference');
  await v.button('Done').click();
  await v.shows(v.page.getByText('Your choice is stored.'));
  await v.becomes(async () => (await v.api('/api/feedback')).events[0].note, 'No difference');
});

claim('ChoiceWithoutAServerIsStoredWhenItIsBack', { ...EMPTY, mayFail: true }, async (v) => {
  await compare(v);
  await v.context.setOffline(true);
  await v.button('A is better').click();
  await v.shows(v.page.getByText('Not stored yet: The server cannot be reached.'));
  await v.context.setOffline(false);
  await v.shows(v.page.getByText('Stored. It can still be changed.'));
  assert.deepEqual(await said(v), [['choice', 0, []]]);
});

claim('RankingIsStoredOnceItIsComplete', EMPTY, async (v) => {
  await compare(v, '3');
  await v.button('This is the best (answer B)').click();
  await v.shows(v.page.getByText('Next: which answer is the second?'));
  assert.deepEqual(await said(v), []);
  await v.button('This is the second (answer C)').click();
  await v.becomes(() => said(v), [['ranking', 3, []]]);
  await v.page.keyboard.press('Alt+n');
  await v.page.goBack();
  await v.shows(v.page.getByText('Stored. It can still be changed.'));
});

claim('AnswersAreReadAndJudgedInAWindowAtFourHundredPercent', { ...EMPTY, viewport: { width: 320, height: 256 } }, async (v) => {
  await compare(v);
  const scroller = v.page.locator('.scroller');
  const parts = await scroller.evaluate((each) => [each.clientHeight, each.parentElement.clientHeight]);
  assert.ok(parts[0] >= 150, `the messages have ${parts} px`);
  await scroller.evaluate((each) => each.scrollIntoView());
  const seen = await scroller.boundingBox();
  assert.ok(seen.y >= 0 && seen.y + seen.height <= 257, `they are at ${JSON.stringify(seen)}`);
  await v.button('B is better').click();
  await v.becomes(() => said(v), [['choice', 1, []]]);
  await v.page.getByLabel('Message', { exact: true }).fill('On'); // and the field can be reached
});

claim('OneAnswerFillsAPhoneAndLettersLeadToTheOthers', { ...EMPTY, viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }, async (v) => {
  await compare(v);
  const left = (index) => v.page.locator('article.side').nth(index).evaluate((each) => Math.round(each.getBoundingClientRect().x / 100));
  assert.ok((await left(0)) === 0 && (await left(1)) >= 3, "the second answer is seen beside the first");
  await v.button('B Show answer B').click();
  await v.becomes(() => left(1), 0);
  await v.page.locator('.tabs button[aria-pressed=true]').getByText('B', { exact: true }).waitFor();
});
