// The model's start knows how far before an answer the asked word stands; the chat format must agree.
#include <gtest/gtest.h>

#include "data/chat_format.h"
#include "data/synth/questions.h"
#include "nn/look_up_start.h"
#include "tokenizer/trainer.h"

namespace vitrine::testing {
namespace {

data::HeldOutQuestion question(uint64_t index) { return data::make_question({.level = data::Level::kSmall}, index); }

/// Learnt from questions and answers as `tokenizer train` reads them: each message behind its role.
tokenizer::Tokenizer question_tokenizer() {
  std::vector<std::string> texts;
  for (uint64_t i = 0; i < 1000; ++i) {
    for (const data::Message& message : question(i).prompt)
      texts.push_back(std::string(data::role_name(message.role)) + '\n' + message.text());
    texts.push_back("assistant\n" + question(i).reference);
  }
  tokenizer::TrainOptions options{.vocab_size = 590};
  for (const std::string_view name : data::kSpecialTokens) options.special_tokens.emplace_back(name);
  ThreadPool pool(1);
  return tokenizer::train_bpe(options, std::vector<std::string_view>(texts.begin(), texts.end()), pool);
}

TEST(AskedDistance, LeadsFromTheStartOfAnAnswerToTheLastWordOfTheQuestion) {
  const tokenizer::Tokenizer tokenizer = question_tokenizer();
  const data::ChatFormat format(tokenizer);
  for (uint64_t i = 0; i < 100; ++i) {
    const std::vector<data::Message> prompt = question(i).prompt;
    const std::string asked = prompt.back().text();
    const std::string last_word = asked.substr(asked.rfind(' '), asked.rfind('?') - asked.rfind(' '));
    const std::vector<int32_t> ids = format.render_prompt(prompt).ids;
    const int32_t found = ids[ids.size() - 1 - static_cast<size_t>(nn::kAskedDistance)];
    EXPECT_EQ(tokenizer.decode(std::vector<int32_t>{found}), last_word) << asked;
  }
}

}  // namespace
}  // namespace vitrine::testing
