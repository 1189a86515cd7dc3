// Two tabs of one browser, and changes that come from outside.
import assert from 'node:assert/strict';
import { claim } from './harness.mjs';

async function secondTab(v, path) {
  const page = await v.context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(v.url + path);
  await page.getByRole('textbox', { name: 'Message', exact: true }).waitFor();
  return page;
}

async function sendIn(page, text) {
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill(text);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}

claim('AnotherTabsMessagesAppearAndAreGoneOnFrom', {}, async (v) => {
  await v.open('/c/c_2');
  await v.answer().waitFor();
  const other = await secondTab(v, '/c/c_2');
  await other.locator('article.assistant').waitFor();
  await sendIn(other, 'From the other tab');
  await v.shows(v.page.locator('article.user').getByText('From the other tab'));
  await v.answer(1).locator('.actions').waitFor();
  await v.settled();
  await v.ask('From this tab');
  const texts = ['Write two lines about glass.', 'From the other tab', 'From this tab'];
  assert.deepEqual(await v.page.locator('article.user .bubble').allTextContents(), texts);
  await other.locator('article.user').nth(2).waitFor();
  assert.deepEqual(await other.locator('article.user .bubble').allTextContents(), texts);
});

claim('BranchThatIsShownStaysWhenAnotherTabBeginsOne', {}, async (v) => {
  await v.open('/c/c_2');
  await v.shows(v.answer().getByText('A pane that'));
  const other = await secondTab(v, '/c/c_2');
  await other.getByRole('button', { name: 'Write the answer anew' }).click();
  await v.shows(v.answer().getByText('1 / 2'));
  await v.shows(v.answer().getByText('A pane that'));
});

claim('WhatAnotherTabDeletesIsGoneHere', { mayFail: true }, async (v) => {
  await v.open('/c/c_2');
  await v.answer().waitFor();
  const other = await secondTab(v, '/c/c_2');
  await other.getByRole('button', { name: 'Actions for this conversation' }).click();
  await other.getByRole('menuitem', { name: 'Delete' }).click();
  await other.getByRole('button', { name: 'Delete', exact: true }).click();
  await v.shows(v.page.getByText('It was deleted.'));
  assert.equal(await v.page.getByRole('link', { name: 'A poem about glass' }).count(), 0);
  assert.equal(await v.page.locator('article').count(), 0);
});

claim('TabThatIsComeBackToReadsAgain', {}, async (v) => {
  await v.open('/c/c_2');
  await v.answer().waitFor();
  await v.api('/api/conversations/c_2', { method: 'PATCH', body: JSON.stringify({ title: 'Named elsewhere' }) });
  await v.page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await v.shows(v.page.getByRole('link', { name: 'Named elsewhere' }));
  await v.shows(v.button('Named elsewhere'));
});
