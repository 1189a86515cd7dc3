// Which dialog is open, and orders from anywhere to the page that is shown.
import type { Conversation } from '../api/types';
import { download } from '../api/client';
import type { MenuItem } from '../components/Menu.svelte';
import { app } from './app.svelte';
import { asker } from './ask.svelte';
import { fileName } from './format';
import { library } from './library.svelte';
import { router } from './route.svelte';

class Shell {
  dialog = $state<'search' | 'preferences' | 'shortcuts' | null>(null);
  moving = $state<Conversation | null>(null);

  rename = async (conversation: Conversation) => {
    const title = await asker.text({
      title: 'Rename the conversation', label: 'Title', value: conversation.title, confirm: 'Rename',
    });
    return title ? library.patch(conversation.id, { title }) : null;
  };

  delete = async (conversation: Conversation) => {
    const isSure = await asker.confirm({
      title: 'Delete this conversation?', confirm: 'Delete', isDanger: true,
      text: `“${conversation.title || 'Untitled'}” and what was said about it is erased from the server, for good.`,
    });
    if (!isSure || !(await library.delete(conversation.id))) return;
    app.notify('The conversation is deleted.');
    const { route } = router;
    if (route.page === 'chat' && route.conversation === conversation.id) router.go('/');
  };

  export = (conversation: Conversation, format: 'json' | 'markdown') =>
    download(`/api/conversations/${encodeURIComponent(conversation.id)}/export?format=${format}`,
      fileName(conversation.title, format === 'json' ? 'json' : 'md')).catch((cause) => app.report(cause));
}

export const shell = new Shell();

/** What can be done to a whole conversation, for its row and its header. */
export function conversationActions(conversation: Conversation): MenuItem[] {
  return [
    { label: 'Rename', icon: 'edit', run: () => shell.rename(conversation) },
    { label: conversation.pinned ? 'Unpin' : 'Pin', icon: 'pin', run: () => library.patch(conversation.id, { pinned: !conversation.pinned }) },
    { label: 'Move to folder', icon: 'folder', run: () => (shell.moving = conversation) },
    { label: 'Export as Markdown', icon: 'download', run: () => shell.export(conversation, 'markdown') },
    { label: 'Export as JSON', icon: 'download', run: () => shell.export(conversation, 'json') },
    { label: 'Delete', icon: 'trash', isDanger: true, run: () => shell.delete(conversation) },
  ];
}
