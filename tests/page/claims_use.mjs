// Dialogs, files, the field, notices: what people do beside asking.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { claim } from './harness.mjs';

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const focused = (v) => v.page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.labels?.[0]?.textContent);

async function act(v, item) {
  await v.button('Actions for this conversation').click();
  await v.page.getByRole('menuitem', { name: item, exact: true }).click();
}

claim('ConversationIsMovedIntoAFolderAndOut', {}, async (v) => {
  await v.open('/c/c_2');
  await act(v, 'Move to folder');
  await v.page.locator('dialog').getByRole('button', { name: 'Mathematics' }).click();
  await v.shows(v.page.locator('.inside').getByRole('link', { name: 'A poem about glass' }));
  assert.equal((await v.api('/api/conversations/c_2')).conversation.folder_id, 'f_1');
  await act(v, 'Move to folder');
  await v.page.locator('dialog').getByRole('button', { name: 'No folder' }).click();
  await v.becomes(async () => (await v.api('/api/conversations/c_2')).conversation.folder_id, null);
});

claim('FieldOfADialogHasTheFocus', {}, async (v) => {
  await v.open('/c/c_2');
  await act(v, 'Rename');
  await v.page.locator('dialog').waitFor();
  assert.equal(await focused(v), 'Title');
  assert.equal(await v.page.evaluate(() => getSelection().toString() || document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)), 'A poem about glass');
  await v.page.keyboard.press('Escape');
  await v.button('New folder').click();
  await v.page.locator('dialog').waitFor();
  assert.equal(await focused(v), 'Name');
  await v.page.keyboard.press('Escape');
  await v.button('More for this answer').click();
  await v.page.getByRole('menuitem', { name: 'Report' }).click();
  await v.page.locator('dialog').waitFor();
  assert.equal(await focused(v), 'What is the matter?');
});

claim('NewNameIsInTheHeaderAndTheTabAtOnce', {}, async (v) => {
  await v.open('/c/c_2');
  for (const name of ['Glass', 'Panes']) {
    if (name === 'Glass') await act(v, 'Rename');
    else {
      await v.page.getByRole('link', { name: 'Glass', exact: true }).hover();
      await v.button('Actions for Glass').click();
      await v.page.getByRole('menuitem', { name: 'Rename' }).click();
    }
    await v.page.getByLabel('Title', { exact: true }).fill(name);
    await v.page.keyboard.press('Enter');
    await v.shows(v.button(name));
    await v.becomes(() => v.page.title(), `${name} · vitrine`);
  }
});

claim('FilesAreNamedAfterTheConversation', {}, async (v) => {
  await v.open('/c/c_1');
  await v.api('/api/conversations/c_1', { method: 'PATCH', body: JSON.stringify({ title: ' ../Größe: «a/b» <c>?\u202e 数学 ' + 'x'.repeat(200) }) });
  await v.page.reload();
  await v.answer().waitFor();
  for (const [item, ending] of [['Export as Markdown', 'md'], ['Export as JSON', 'json']]) {
    const [download] = await Promise.all([v.page.waitForEvent('download'), act(v, item)]);
    assert.match(download.suggestedFilename(), new RegExp(`^Größe a b c 数学 x{40,80}\\.${ending}$`));
    assert.match(readFileSync(await download.path(), 'utf8'), /remainder of the division/);
  }
});

claim('ReasonsOfAThumbAreStoredHoweverItsSheetIsLeft', { server: { isEmpty: true } }, async (v) => {
  await v.open();
  await v.ask('Hello');
  await v.button('Bad answer').click();
  await v.button('Too long').click();
  await v.page.keyboard.press('Escape');
  await v.becomes(async () => (await v.api('/api/feedback')).events.map((event) => event.reasons), [['too_long'], []]);
});

claim('UnjudgedAnswersAreGoneOnFromTheFirst', { server: { isEmpty: true } }, async (v) => {
  for (const number of ['2', '3']) {
    await v.open('/compare');
    await v.page.getByRole('combobox', { name: 'Number of answers' }).selectOption(number);
    await v.ask('Hello');
    const shown = await v.page.locator('article.side .markdown').first().textContent();
    await v.ask('And then?');
    const bubbles = v.page.locator('article.user .bubble');
    await v.shows(bubbles.getByText('And then?'));
    assert.equal(await v.page.locator('article.side').count(), Number(number));
    assert.equal(await v.page.locator('article[data-message].assistant .markdown').first().textContent(), shown);
    await v.page.reload();
    await v.shows(bubbles.getByText('And then?'), 'the message is not there after a reload');
  }
});

claim('RefusedMessageSaysWhyWhereItStands', { mayFail: true }, async (v) => {
  await v.open();
  await v.send('too long ' + 'word '.repeat(2000));
  const reason = v.page.getByText('Not answered. Prompt has 3,210 tokens, the context of the model 2,048.');
  await v.shows(reason);
  await v.shows(v.page.getByRole('link', { name: /^too long word/ }), 'the conversation has no title');
  await v.page.reload();
  await v.shows(reason);
  assert.ok(await v.button('Show all').isVisible());
  assert.equal(await v.button('Ask again').count(), 0);
  await v.button('Edit the message').last().click();
  await v.page.getByRole('textbox', { name: 'Edit your message' }).fill('Hello');
  await v.page.keyboard.press('Enter');
  await v.settled();
  await v.shows(v.answer().getByText('A language model'));
});

claim('FileThatIsTooLongIsLeftOutByAnEdit', {}, async (v) => {
  await v.open();
  await v.page.getByLabel('Text files to attach').setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('one') });
  await v.ask('What does it say?');
  await v.button('Edit the message').click();
  await v.button('Leave out notes.txt').click();
  await v.button('Send').first().click();
  await v.becomes(async () => (await v.messages()).filter((each) => each.role === 'user').map((each) => each.parts.length), [2, 1]);
});

claim('ConversationWithoutMessagesIsGone', {}, async (v) => {
  await v.open('/c/c_2');
  await v.button('More for this message').click();
  await v.page.getByRole('menuitem', { name: 'Delete from here on' }).click();
  await v.shows(v.page.getByText('The conversation begins with this message'));
  await v.button('Delete').click();
  await v.shows(v.page.getByText('What would you like to know?'));
  assert.equal(new URL(v.page.url()).pathname, '/');
  assert.equal(await v.page.getByRole('link', { name: 'A poem about glass' }).count(), 0);
});

claim('EscapeClosesTheSettingsOnAPhone', PHONE, async (v) => {
  await v.open();
  await v.button('Settings').click();
  await v.page.locator('.panel').waitFor();
  assert.equal(await focused(v), 'Close the settings');
  await v.page.keyboard.press('Escape');
  await v.page.locator('.panel').waitFor({ state: 'detached' });
  await v.page.waitForFunction(() => document.activeElement.getAttribute('aria-label') === 'Settings');
});

claim('SpeedOfAnAnswerWithVersionsIsWholeOnAPhone', PHONE, async (v) => {
  await v.open('/c/c_2');
  await v.button('Write the answer anew').click();
  await v.settled();
  await v.shows(v.answer().getByText('2 / 2'));
  const facts = v.answer().locator('.facts');
  assert.match(await facts.innerText(), /tokens\/s/);
  assert.deepEqual(await facts.evaluate((each) => each.scrollWidth - each.clientWidth), 0);
});

claim('EditedTurnIsSentByTheKeyThatSends', {}, async (v) => {
  await v.open();
  await v.ask('Hello');
  const edit = async (text) => {
    await v.button('Edit the message').click();
    await v.page.getByRole('textbox', { name: 'Edit your message' }).fill(text);
  };
  await edit('Hello again');
  await v.page.keyboard.press('Shift+Enter');
  assert.equal(await v.page.getByRole('textbox', { name: 'Edit your message' }).inputValue(), 'Hello again\n');
  await v.page.keyboard.press('Enter');
  await v.shows(v.page.locator('.bubble').getByText('Hello again'));
  await v.settled();
  await v.page.evaluate(() => localStorage.setItem('vitrine.enter', 'no'));
  await v.page.reload();
  await v.answer().waitFor();
  await edit('Hello once more');
  await v.page.keyboard.press('Enter');
  assert.equal(await v.page.getByRole('textbox', { name: 'Edit your message' }).inputValue(), 'Hello once more\n');
  await v.page.keyboard.press('Control+Enter');
  await v.shows(v.page.locator('.bubble').getByText('Hello once more'));
});

claim('NewChatBeginsInTheField', {}, async (v) => {
  await v.open();
  await v.page.waitForFunction(() => document.activeElement.id === 'composer');
  await v.page.getByRole('link', { name: 'Why the sky is blue' }).click();
  await v.shows(v.answer().getByText('Short waves'));
  await v.page.keyboard.press('Alt+n');
  await v.page.waitForFunction(() => document.activeElement.id === 'composer');
});

claim('NewChatOnATouchScreenBringsUpNoKeyboard', PHONE, async (v) => {
  await v.open();
  await v.shows(v.page.getByText('nano answers here'));
  assert.notEqual(await focused(v), 'Message');
});

claim('NoticesCoverNothing', {}, async (v) => {
  await v.open();
  await v.ask('Hello');
  const picker = v.page.getByLabel('Text files to attach');
  for (const name of ['a.txt', 'b.txt']) await picker.setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from('one') });
  for (const name of ['c.png', 'd.png']) await picker.setInputFiles({ name, mimeType: 'image/png', buffer: Buffer.from([0x89, 0x50, 0]) });
  const notices = v.page.locator('.notice');
  await v.shows(notices.nth(1));
  await v.page.waitForFunction(() => { // brought to the end as the notices came
    const bottom = (selector) => [...document.querySelectorAll(selector)].at(-1).getBoundingClientRect();
    return bottom('article').bottom <= document.querySelector('.notice').getBoundingClientRect().top;
  });
  const boxes = await Promise.all((await notices.all()).map((each) => each.boundingBox()));
  const composer = await v.page.locator('.composer').boundingBox();
  for (const box of boxes) assert.ok(box.y + box.height <= composer.y, `${box.y + box.height} > ${composer.y}`);
});
