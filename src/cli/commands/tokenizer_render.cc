// vitrine tokenizer render: the prompt that a model's chat template makes of a conversation, as text and as token ids.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/chat_settings.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "cli/user_text.h"
#include "cli/visible_token.h"
#include "data/conversation.h"

namespace vitrine::cli {
namespace {

std::vector<data::Message> messages_of(const std::string& json) {
  constexpr const char* kHint = R"(give {"messages": [{"role": "user", "content": "Hello"}]})";
  const data::Document document = [&] {
    try {
      return data::from_json_line(json);
    } catch (const Error& error) {
      throw Error(error.code(), error.message(), kHint);  // the own hint is of the lines of a file
    }
  }();
  if (!document.is_conversation())
    throw Error(ErrorCode::kInvalidArgument, "tokenizer render: the document is no conversation", kHint);
  return document.messages;
}

/// A tokenizer's file alone says nothing of conversations.
tokenizer::TokenizerConfig config_of(const std::filesystem::path& path) {
  if (std::filesystem::is_regular_file(path) && !model::is_gguf_path(path)) return {};
  return model::load_tokenizer_config(path);
}

/// The `tools` of a conversation as JSON; empty: none. What else it says beside its messages is named.
std::string tools_of(const std::string& json, Console& console) {
  const auto conversation = nlohmann::ordered_json::parse(json, nullptr, false);  // read once, so it is sound
  std::string tools;
  if (!conversation.is_object()) return tools;
  for (const auto& [key, value] : conversation.items()) {
    if (key == "tools" && !value.is_array() && !value.is_null())
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("tokenizer render: 'tools' is wrong (got {}, expected an array)", value.type_name()));
    if (key == "tools" && value.is_array() && !value.empty()) tools = value.dump();
    if (key != "messages" && key != "kind" && key != "tools")
      console.note(fmt::format("[the prompt has nothing of '{}']", one_line(excerpt(key))));
  }
  return tools;
}

int run_tokenizer_render(const ParsedOptions& options) {
  Console console(options);
  const std::string json = text_or_standard_input(options.text("conversation"));
  const std::vector<data::Message> messages = messages_of(json);
  const std::string tools = tools_of(json, console);
  if (!tools.empty() && options.flag("tools"))
    throw UsageError("--tools and the conversation's own 'tools' exclude one another", "leave one of them out");
  const std::filesystem::path model = model_path(options);
  const tokenizer::TokenizerConfig config = config_of(model);
  const data::TemplateFormat format = chat_format(load_any_tokenizer(model), config, {}, options.text("chat_template"));
  data::PromptOptions settings = prompt_settings(options, format);
  if (!tools.empty()) {
    require_mention(format, "tools", "the conversation's 'tools'");
    settings.tools_json = tools;
  }
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
      .options = joined(
          {{{.name = "conversation",
             .help = "a conversation as JSON, as OpenAI's chat API has it, with its tools; - reads standard input",
             .positional = true,
             .required = true},
            tokenizer_option(),
            {.name = "pieces", .kind = OptionKind::kFlag, .help = "list each token with its text"}},
           prompt_options()}),
      .run = run_tokenizer_render,
      .notes = "What stands in a message stays text, also where it is spelled as a special token is: see --pieces."};
}

}  // namespace vitrine::cli
