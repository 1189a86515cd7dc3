// Lost connections, reloads, and the key.
import assert from 'node:assert/strict';
import { claim } from './harness.mjs';

claim('ReloadInMidAnswerGoesOn', {}, async (v) => {
  await v.open();
  await v.send('a long one, patiently');
  await v.answer().getByText('Paragraph 4').waitFor();
  await v.page.reload();
  await v.answer().getByText('Paragraph 4').waitFor();
  v.letGo();
  await v.answer().getByText('Paragraph 5').waitFor();
  await v.button('Stop').click();
  await v.settled();
  const messages = await v.messages();
  const squeeze = (text) => text.replace(/\s+/g, '');
  assert.equal(squeeze(await v.answer().locator('.markdown').textContent()), squeeze(messages[1].parts[0].text));
});

claim('BrokenStreamIsTakenUpWithoutLossOrRepetition', { mayFail: true }, async (v) => {
  await v.open();
  await v.ask('drop the line');
  const messages = await v.messages();
  const squeeze = (text) => text.replace(/\s+/g, '');
  const shown = squeeze(await v.answer().locator('.markdown').textContent());
  assert.equal(shown, squeeze(messages[1].parts[0].text));
  assert.match(shown, /Paragraph6/);
});

claim('WhatWasShownIsNotShortenedByTheStore', {}, async (v) => {
  await v.open();
  await v.ask('a crash');
  const check = async () => {
    await v.shows(v.answer().getByText('The server was stopped while this was written.'));
    await v.shows(v.answer().getByText(/the server had not stored them yet/));
    assert.match(await v.answer().locator('.markdown').textContent(), /^A language model reads[\s\S]*however surprising the result looks\.\s*$/);
  };
  await check();
  await v.page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await v.page.waitForResponse((response) => response.url().endsWith(v.conversation));
  await check();
  await v.page.getByRole('link', { name: 'Why the sky is blue' }).click();
  await v.shows(v.answer().getByText('Short waves'));
  await v.page.goBack();
  await check();
});

claim('CutNetworkLeavesConversationsReadableAndSaysWhatIsWrong', { mayFail: true }, async (v) => {
  const copy = v.page.waitForResponse((response) => response.url().endsWith('/api/conversations/c_6'));
  await v.open();
  await (await copy).finished();
  await v.context.setOffline(true);
  await v.page.getByRole('link', { name: 'Why the sky is blue' }).click();
  await v.shows(v.answer().getByText('Short waves are scattered'));
  await v.shows(v.page.getByText(/No connection to 127.0.0.1/));
  await v.shows(v.page.getByText('A copy from before the connection was lost'));
  await v.send('Are you there?');
  await v.shows(v.page.getByText('Not sent: the server cannot be reached.'));
  assert.equal(await v.field.inputValue(), 'Are you there?');
  await v.page.getByRole('link', { name: 'Sorting stably' }).click();
  await v.page.getByText(/Not sent/).waitFor({ state: 'detached' });
  await v.page.goBack();
  await v.button('Send').click();
  await v.shows(v.page.getByText('Not sent: the server cannot be reached.'));
  await v.context.setOffline(false);
  await v.page.getByText(/No connection to/).waitFor({ state: 'detached' });
  await v.button('Send again').click();
  await v.settled();
  assert.equal(await v.page.locator('article').count(), 4);
  assert.equal(await v.page.getByText(/Not sent/).count(), 0);
});

claim('ConversationThatCannotBeReachedOpensWhenItCan', { mayFail: true }, async (v) => {
  await v.page.route('**/api/conversations/c_*', () => {}); // no copies
  await v.open();
  await v.page.getByRole('link', { name: 'Why the sky is blue' }).waitFor();
  await v.context.setOffline(true);
  await v.page.unroute('**/api/conversations/c_*');
  await v.page.getByRole('link', { name: 'Why the sky is blue' }).click();
  await v.shows(v.page.getByText(/does not answer, and this tab has no copy of the conversation/));
  await v.button('Try again').click();
  await v.shows(v.button('Try again'));
  await v.context.setOffline(false);
  await v.shows(v.answer().getByText('Short waves'));
});

claim('EditThatDidNotReachTheServerIsNotLost', { mayFail: true }, async (v) => {
  await v.open();
  await v.ask('Hello');
  await v.button('Edit the message').click();
  const editor = v.page.getByRole('textbox', { name: 'Edit your message' });
  await editor.fill('What is 17 * 23?');
  await v.context.setOffline(true);
  await v.button('Send').first().click();
  await v.shows(v.page.getByText('Not sent: the server cannot be reached.'));
  assert.equal(await editor.inputValue(), 'What is 17 * 23?');
  await v.context.setOffline(false);
  await v.page.getByText(/No connection to/).waitFor({ state: 'detached' });
  await v.button('Send').first().click();
  await v.shows(v.answer().getByText('391').last());
});

claim('BusyServerIsAskedAgainQuietly', { server: { isBusy: true }, mayFail: true }, async (v) => {
  await v.open('/c/c_6');
  await v.shows(v.answer().getByText('Short waves'));
  await v.shows(v.page.getByRole('link', { name: 'Sorting stably' }));
  assert.equal(await v.page.locator('.notice').count(), 0);
  await v.ask('Hello');
  assert.equal(await v.page.locator('.notice').count(), 0);
});

claim('KeyIsAskedForOnce', { server: { key: 'secret' }, mayFail: true }, async (v) => {
  await v.page.goto(v.url + '/');
  const key = v.page.getByLabel('API key');
  await key.fill('wrong');
  await v.page.keyboard.press('Enter');
  await v.shows(v.page.getByText('did not accept the last key'));
  await key.fill('secret');
  await v.page.keyboard.press('Enter');
  await v.shows(v.page.getByText('nano answers here'));
  assert.equal(await v.page.locator('dialog').count(), 0);
  await v.page.reload();
  await v.shows(v.page.getByText('nano answers here'));
  assert.equal(await v.page.locator('dialog').count(), 0);
  await v.ask('Hello');
  assert.match(await v.answer().textContent(), /language model/);
});

claim('WaitingInTheQueueIsSaid', {}, async (v) => {
  await v.open();
  await v.send('queue, patiently');
  await v.shows(v.page.getByText('Waiting: 2 before this one'));
  v.letGo();
  await v.settled();
});

claim('WordsOnTheirWaySurviveAReload', { mayFail: true }, async (v) => {
  await v.open();
  await v.page.route('**/messages', () => {}); // never arrives
  await v.send('half a thought');
  await v.page.waitForURL(/\/c\//);
  await v.page.reload();
  await v.field.waitFor();
  assert.equal(await v.field.inputValue(), 'half a thought');
  await v.page.unroute('**/messages');
  await v.button('Send').click();
  await v.settled();
  assert.equal(await v.field.inputValue(), '');
  await v.page.reload();
  await v.answer().waitFor();
  assert.equal(await v.field.inputValue(), '');
});

claim('EachConversationHasItsDraft', {}, async (v) => {
  await v.open('/c/c_2');
  await v.field.fill('about glass');
  await v.page.getByRole('link', { name: 'Why the sky is blue' }).click();
  await v.shows(v.answer().getByText('Short waves'));
  assert.equal(await v.field.inputValue(), '');
  await v.page.goBack();
  await v.shows(v.answer().getByText('A pane that'));
  assert.equal(await v.field.inputValue(), 'about glass');
});

claim('DraftSurvivesAReload', {}, async (v) => {
  await v.open();
  await v.field.fill('half a thought');
  await v.page.reload();
  await v.field.waitFor();
  assert.equal(await v.field.inputValue(), 'half a thought');
});
