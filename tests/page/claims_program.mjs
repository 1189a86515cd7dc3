// The same page, served by the program itself with a tiny model. VITRINE_URL is its address.
import assert from 'node:assert/strict';
import { claim, main } from './harness.mjs';

const REAL = { url: process.env.VITRINE_URL };
const squeeze = (text) => text.replace(/\s+/g, '');
const shown = async (v) => squeeze(await v.answer().locator('.parts').innerText());

/** Lets answers be long enough to be stopped or reloaded in their middle. */
async function allowLongAnswers(v, numTokens) {
  await v.page.keyboard.press('Alt+p');
  const tokens = v.page.getByLabel('Max tokens');
  await tokens.fill(String(numTokens));
  await tokens.press('Tab');
  await v.page.keyboard.press('Alt+p');
}

claim('ProgramSendsThePageCompressedWithItsPolicy', REAL, async (v) => {
  const response = await v.page.goto(v.url + '/');
  await v.field.waitFor();
  assert.match(response.headers()['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/);
  assert.match(response.headers()['content-encoding'], /^(br|gzip)$/);
  const script = await fetch(v.url + (await v.page.locator('script[src]').getAttribute('src')));
  assert.match(script.headers.get('cache-control'), /immutable/);
  const deep = await fetch(v.url + '/c/c_none', { headers: { Accept: 'text/html' } });
  assert.match(await deep.text(), /<div id="app">/);
});

claim('ProgramsAnswerStreamsAndIsStored', REAL, async (v) => {
  await v.open();
  await v.ask('What is 2 + 3?');
  const before = await shown(v);
  assert.ok(before.length > 0);
  await v.page.reload();
  await v.answer().waitFor();
  assert.equal(await shown(v), before);
  await v.shows(v.answer().getByText(/tokens\/s/));
});

claim('ProgramsAnswerIsStopped', REAL, async (v) => {
  await v.open();
  await allowLongAnswers(v, 200);
  await v.send('Tell me a long story, please');
  await v.page.getByRole('button', { name: 'Stop', exact: true }).click({ timeout: 5000 }).catch(() => {});
  await v.settled();
  const { messages } = await v.api(`/api/conversations/${v.page.url().split('/').pop()}`);
  assert.ok(['stopped', 'done'].includes(messages[1].state));
});

claim('ProgramsAnswerGoesOnAfterAReload', REAL, async (v) => {
  await v.open();
  await allowLongAnswers(v, 150);
  await v.send('Tell me about the world');
  await v.page.waitForURL(/\/c\//);
  await v.page.reload();
  await v.settled();
  const { messages } = await v.api(`/api/conversations/${v.page.url().split('/').pop()}`);
  assert.equal(messages[1].state, 'done');
  const text = messages[1].parts.map((part) => part.text ?? '').join('');
  assert.ok(text.length > 0);
});

claim('ProgramKeepsJudgementsAndShowsThem', REAL, async (v) => {
  await v.open('/compare');
  await v.ask('Which is better?');
  await v.button('Both are bad').click();
  await v.button('Store the choice').click();
  await v.shows(v.page.getByText(/Your choice is stored\.|Stored\. A was/).first());
  await v.button('Good answer').click();
  await v.button('Done').click();
  await v.page.goto(v.url + '/collected');
  await v.shows(v.page.getByText('Comparison: both bad').first());
  await v.shows(v.page.getByText('Thumb up').first());
});

claim('ProgramFindsWhatWasSaidUntilItIsDeleted', REAL, async (v) => {
  const search = async () => {
    await v.page.keyboard.press('Control+k');
    await v.page.getByRole('combobox', { name: 'Search conversations' }).fill('quizzical');
  };
  await v.open();
  await v.ask('A quizzical marmot');
  await search();
  await v.shows(v.page.locator('mark').first());
  await v.page.keyboard.press('Escape');
  await v.button('Actions for this conversation').click();
  await v.page.getByRole('menuitem', { name: 'Delete' }).click();
  await v.button('Delete').click();
  await v.page.getByText('The conversation is deleted.').waitFor();
  await search();
  await v.shows(v.page.getByText('Nothing holds “quizzical”.'));
});

claim('ProgramsRegeneratedAnswerIsABranch', REAL, async (v) => {
  await v.open();
  await v.ask('Say something');
  await v.button('Write the answer anew').click();
  await v.settled();
  await v.shows(v.answer().getByText('2 / 2'));
  await v.button('Version before').click();
  await v.page.waitForTimeout(300);
  await v.page.reload();
  await v.shows(v.answer().getByText('1 / 2'));
});

claim('EverySettingOfTheProgramHasAControl', REAL, async (v) => {
  await v.open();
  await v.page.keyboard.press('Alt+p');
  await v.page.locator('summary').evaluateAll((all) => all.forEach((each) => each.click()));
  const { groups } = await v.api('/api/settings');
  const fields = groups.flatMap((group) => group.fields);
  assert.ok(fields.length > 10);
  for (const field of fields) {
    const words = field.name.replace(/_/g, ' ');
    await v.shows(v.page.locator('.panel').getByText(words[0].toUpperCase() + words.slice(1), { exact: true }).first(), `no control of ${field.name}`);
  }
});

await main();
