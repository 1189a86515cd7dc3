// vitrine tokenizer render: the prompt that a model's chat template makes of a conversation, as text and as token ids.
#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"
#include "cli/chat_settings.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "cli/visible_token.h"
#include "data/conversation.h"

namespace vitrine::cli {
namespace {

std::vector<data::Message> messages_of(const std::string& json) {
  const data::Document document = data::from_json_line(json);
  if (!document.is_conversation())
    throw Error(ErrorCode::kInvalidArgument, "tokenizer render: the document is no conversation",
                R"(give {"messages": [{"role": "user", "content": "Hello"}]})");
  return document.messages;
}

/// A tokenizer's file alone says nothing of conversations.
tokenizer::TokenizerConfig config_of(const std::filesystem::path& path) {
  if (std::filesystem::is_regular_file(path) && !model::is_gguf_path(path)) return {};
  return model::load_tokenizer_config(path);
}

int run_tokenizer_render(const ParsedOptions& options) {
  Console console(options);
  const std::vector<data::Message> messages = messages_of(text_or_standard_input(options.text("conversation")));
  const std::filesystem::path model = model_path(options);
  const tokenizer::TokenizerConfig config = config_of(model);
  const data::TemplateFormat format =
      chat_format(load_any_tokenizer(model), config, {}, options.text("chat_template"));
  const data::PromptOptions settings = prompt_settings(options, format);
  const std::string text = format.prompt_text(messages, settings);
  if (!console.is_json() && !options.flag("pieces")) {
    write_foreign_text(text + "\n");
    return kDone;
  }
  const data::Prompt prompt = format.prompt(messages, settings);
  std::vector<ReportValue> ids;
  std::vector<Report::Row> pieces;
  for (const tokenizer::TokenId id : prompt.ids) {
    ids.emplace_back(int64_t{id});
    pieces.push_back({int64_t{id}, visible_token(format.tokenizer().token_bytes(id))});
  }
  Report report;
  if (console.is_json()) report.add("text", text);
  report.add("tokens", static_cast<int64_t>(prompt.ids.size()));
  if (console.is_json()) report.add_list("ids", std::move(ids));
  if (options.flag("pieces")) report.add_table("pieces", {"id", "text"}, std::move(pieces));
  console.result(report);
  return kDone;
}

}  // namespace

Command tokenizer_render_command() {
  return {
      .name = "tokenizer render",
      .summary = "Show the prompt that a model's chat template makes of a conversation",
      .examples = {R"(vitrine tokenizer render -m runs/nano '{"messages": [{"role": "user", "content": "Hello."}]}')",
                   "vitrine tokenizer render -m model.gguf --pieces - < conversation.json"},
      .options = joined({{{.name = "conversation",
                           .help = "a conversation as JSON, as OpenAI's chat API has it; - reads standard input",
                           .positional = true,
                           .required = true},
                          tokenizer_option(),
                          {.name = "pieces", .kind = OptionKind::kFlag, .help = "list each token with its text"}},
                         prompt_options()}),
      .run = run_tokenizer_render,
      .notes = "What stands in a message stays text, also where it is spelled as a special token is: see --pieces."};
}

}  // namespace vitrine::cli
