// The same page, served by the program itself with a tiny model.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claim, main } from './harness.mjs';

const REAL = { program: [] };
/** Slow, so that an answer has a middle; lost connections are seen in the console. */
const SLOW = { program: ['--kernels', 'portable'], mayFail: true };
const SAVED_AFTER_MS = 3000; // what an answer says is stored every two seconds
const squeeze = (text) => text.replace(/\s+/g, '');
const shown = async (v) => squeeze(await v.answer().locator('.parts').innerText());
const textOf = (message) => squeeze(message.parts.map((part) => part.text ?? '').join(''));

async function setAnswers(v, values) {
  await v.page.keyboard.press('Alt+p');
  for (const [label, value] of Object.entries(values)) {
    const field = v.page.getByRole('textbox', { name: label, exact: true });
    await field.fill(String(value));
    await field.press('Tab');
  }
  await v.page.keyboard.press('Alt+p');
}

/** An answer that the program is in the middle of, with many others beside it. */
async function beginLongAnswer(v) {
  await v.open();
  await setAnswers(v, { 'Max tokens': 900, Temperature: 0 });
  const { model } = await v.api('/api/status');
  const others = JSON.stringify({ model, prompt: 'The', n: 12, max_tokens: 900, temperature: 0 });
  void fetch(v.url + '/v1/completions', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: others })
    .then((response) => assert.equal(response.status, 200), () => {}); // it may be killed
  void v.server.slowDown();
  await v.send('Tell me about the world');
  await v.page.waitForFunction(() => document.querySelector('article.assistant .markdown')?.textContent.length > 20);
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

claim('ProgramsAnswerIsStoppedByItsReader', SLOW, async (v) => {
  await beginLongAnswer(v);
  await v.button('Stop').click();
  v.server.thaw();
  await v.shows(v.answer().getByText('Stopped.', { exact: true }));
  const [, answer] = await v.messages();
  assert.deepEqual([answer.state, answer.stop_reason], ['stopped', null]);
  assert.ok(answer.usage.completion_tokens < 900);
  assert.equal(squeeze(await v.answer().locator('.markdown').textContent()), textOf(answer));
});

claim('ProgramsAnswerGoesOnAfterAReload', SLOW, async (v) => {
  await beginLongAnswer(v);
  await v.page.reload();
  await v.answer().locator('[aria-busy=true]').waitFor();
  v.server.thaw();
  await v.settled();
  const [, answer] = await v.messages();
  assert.deepEqual([answer.state, answer.stop_reason, answer.usage.completion_tokens], ['done', 'length', 900]);
  assert.equal(squeeze(await v.answer().locator('.markdown').textContent()), textOf(answer));
});

claim('FrozenProgramsAnswerGoesOn', SLOW, async (v) => {
  await beginLongAnswer(v);
  v.server.thaw();
  v.server.freeze();
  await v.page.waitForTimeout(1000);
  v.server.thaw();
  await v.settled();
  assert.equal(squeeze(await v.answer().locator('.markdown').textContent()), textOf((await v.messages())[1]));
});

claim('ProgramThatEndsInOrderSaysSoInItsAnswer', SLOW, async (v) => {
  await beginLongAnswer(v);
  await v.server.end('SIGTERM');
  await v.settled();
  const before = await v.answer().locator('.parts').innerText();
  await v.server.start();
  const [, answer] = await v.messages();
  assert.ok(answer.state === 'done' || answer.stop_reason === 'interrupted', `${answer.state}, ${answer.stop_reason}`);
  if (answer.state !== 'done') assert.match(before, /Interrupted: the server ended before the answer did\./);
  await v.page.reload();
  await v.answer().waitFor();
  assert.equal(await v.answer().locator('.parts').innerText(), before);
});

claim('AnswerOfAKilledProgramKeepsWhatItSaidAndIsAskedForAnew', SLOW, async (v) => {
  await beginLongAnswer(v);
  await v.page.waitForTimeout(SAVED_AFTER_MS);
  v.server.thaw(); // the slowing ends
  v.server.freeze();
  const words = async () => squeeze(await v.answer().locator('.markdown').textContent());
  const before = await words();
  await v.server.end('SIGKILL');
  await v.shows(v.page.getByText(/No connection to 127.0.0.1/));
  await v.shows(v.answer().getByText('Connection lost. Trying again; if the server is still there, the answer goes on.'));
  await v.server.start();
  await v.shows(v.answer().getByText('The server was stopped while this was written.', { exact: true }));
  const [, failed] = await v.messages();
  assert.ok(textOf(failed).length > 0, 'nothing of it was kept');
  const after = await words();
  assert.ok(after.startsWith(before) && after.startsWith(textOf(failed)), `what was shown was shortened: ${before.length}, ${after.length}`);
  assert.equal(await v.answer().getByText(/the server had not stored them yet/).count(), after === textOf(failed) ? 0 : 1);
  await v.page.getByText(/No connection to/).waitFor({ state: 'detached' });
  await v.button('Write the answer anew').click();
  await v.settled();
  await v.shows(v.answer().getByText('2 / 2'));
  assert.equal((await v.messages())[2].state, 'done');
});

const folder = mkdtempSync(join(tmpdir(), 'vitrine-key-'));
const keys = join(folder, 'keys');
writeFileSync(keys, 'a-long-secret-of-this-test\n', { mode: 0o600 });
process.on('exit', () => rmSync(folder, { recursive: true }));

claim('ProgramsKeyIsAskedForOnce', { program: ['--api-key-file', keys], mayFail: true }, async (v) => {
  await v.page.goto(v.url + '/');
  const key = v.page.getByLabel('API key');
  await key.fill('wrong');
  await v.page.keyboard.press('Enter');
  await v.shows(v.page.getByText('did not accept the last key'));
  await key.fill('a-long-secret-of-this-test');
  await v.page.keyboard.press('Enter');
  await v.shows(v.page.getByText('answers here'));
  await v.ask('Hello');
  await v.page.reload();
  await v.answer().waitFor();
  assert.equal(await v.page.locator('dialog').count(), 0);
});

claim('ProgramWritesComparedAnswersOneAfterTheOtherWhereAKeyMayHaveOne', { program: ['--api-key-file', keys, '--max-per-key', '1'], mayFail: true }, async (v) => {
  await v.page.goto(v.url + '/');
  await v.page.getByLabel('API key').fill('a-long-secret-of-this-test');
  await v.page.keyboard.press('Enter');
  await v.shows(v.page.getByText('answers here'));
  await v.page.goto(v.url + '/compare');
  await v.page.getByRole('combobox', { name: 'Number of answers' }).selectOption('3');
  await v.ask('Which is better?');
  assert.equal(await v.page.locator('article.side').count(), 3);
  assert.equal(await v.page.getByText(/Not answered/).count(), 0);
});

claim('ProgramKnowsTheReasonsThatThePageOffers', REAL, async (v) => {
  const source = readFileSync(new URL('../../web/src/state/reasons.ts', import.meta.url), 'utf8');
  const offered = [...new Set([...source.matchAll(/name: '(\w+)'/g)].map(([, name]) => name))];
  const { components } = await (await fetch(v.url + '/openapi.json')).json();
  assert.deepEqual(offered.sort(), [...components.schemas.FeedbackRequest.properties.reasons.items.enum].sort());
});

claim('ProgramsTurnsThatDidNotFitAreMarked', REAL, async (v) => {
  await v.open();
  await setAnswers(v, { 'Max tokens': 16 });
  await v.ask('first ' + 'word '.repeat(150));
  await v.ask('second ' + 'word '.repeat(150));
  const [{ dropped_turns: dropped }] = (await v.messages()).slice(-1);
  assert.equal(dropped, 1);
  const line = v.page.getByText('outgrew the 1,024 tokens');
  await v.shows(line);
  const [lineTop, secondTop] = [await line.boundingBox(), await v.page.locator('article.user').nth(1).boundingBox()].map((box) => box.y);
  assert.ok(lineTop < secondTop);
});

claim('ProgramKeepsJudgementsAndShowsThem', REAL, async (v) => {
  await v.open('/compare');
  await v.ask('Which is better?');
  await v.button('Both are bad').click();
  await v.button('Done').click();
  await v.shows(v.page.getByText(/Your choice is stored\.|Stored\. A was/).first());
  await v.button('Good answer').click();
  await v.button('Done').click();
  await v.page.goto(v.url + '/collected');
  await v.shows(v.page.getByText('Comparison: both bad').first());
  await v.shows(v.page.getByText('Thumb up').first());
});

claim('ProgramKeepsARanking', REAL, async (v) => {
  await v.open('/compare');
  await v.page.getByRole('combobox', { name: 'Number of answers' }).selectOption('3');
  await v.ask('Which is best?');
  await v.button('This is the best (answer B)').click();
  await v.button('This is the second (answer C)').click();
  await v.button('Done').click();
  await v.page.getByText('The ranking is stored.').waitFor();
  const [event] = (await v.api('/api/feedback')).events;
  assert.deepEqual([event.kind, event.ranking], ['ranking', [1, 2, 0].map((index) => event.message_ids[index])]);
  const line = JSON.parse((await (await fetch(v.url + '/api/feedback/export?format=rankings')).text()).trim());
  assert.ok(line);
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
  const leaf = async () => (await v.api(`/api/conversations/${v.conversation}`)).conversation.active_leaf;
  const older = (await v.messages())[1].id;
  await v.button('Version before').click();
  await v.becomes(leaf, older);
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
  for (const { name, help } of fields) await v.shows(v.page.locator('.panel').getByText(help, { exact: true }).first(), `no control of ${name}`);
  assert.deepEqual(fields.filter((field) => field.kind === 'list').map((field) => field.name).sort(), ['dry_sequence_breakers', 'samplers', 'stop']);
});

claim('ProgramTakesItsListsFromThePage', REAL, async (v) => {
  await v.open();
  await setAnswers(v, { 'Max tokens': 200, Temperature: 0 });
  await v.page.keyboard.press('Alt+p');
  await v.page.getByRole('textbox', { name: 'Stop', exact: true }).fill('eThe');
  await v.page.keyboard.press('Enter');
  await v.page.locator('summary').evaluateAll((all) => all.forEach((each) => each.click()));
  await v.button('Temperature: earlier').click();
  await v.ask('Tell me about the world');
  const [, answer] = await v.messages();
  assert.equal(answer.settings.stop, 'eThe');
  assert.match(answer.settings.samplers, /temperature,top_k/);
  assert.deepEqual([answer.state, answer.stop_reason, textOf(answer).includes('eThe')], ['done', 'stop', false]);
});

await main();
