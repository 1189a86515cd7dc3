// A server over a model that is made on the spot, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "data/chat_format.h"
#include "model/model_folder.h"
#include "serve/application.h"
#include "support/raw_client.h"
#include "support/small_tokenizer.h"
#include "support/temporary_folder.h"

namespace vitrine::serve {

class ApplicationTest : public ::testing::Test {
 protected:
  /// Starts the server. A model with random weights says anything, but it says something.
  void start(ApplicationOptions options = {}) {
    make_model(folder_ / default_model_);
    options.server.port = 0;
    options.hub.default_model = folder_ / default_model_;
    options.hub.offers_other_models = offers_other_models_;
    options.store_file = folder_ / "store.db";
    options.version = "test";
    application_ = std::make_unique<Application>(options, runtime());
    const std::string address = application_->address();
    port_ = std::stoi(address.substr(address.rfind(':') + 1));
    thread_ = std::thread([this] { application_->run(); });
  }
  void TearDown() override {
    if (!application_) return;
    application_->stop();
    thread_.join();
    application_.reset();
  }

  std::string send(const std::string& method, const std::string& path, const std::string& body = "",
                   const std::string& headers = "Host: localhost\r\n") const {
    testing::RawClient client(port_);
    std::string request = method + " " + path + " HTTP/1.1\r\n" + headers + "Connection: close\r\n";
    if (!body.empty() || method == "POST")
      request += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    client.send(request + "\r\n" + body);
    return client.read_to_end();
  }
  std::string get(const std::string& path) const { return testing::body_of(send("GET", path)); }
  std::string post(const std::string& path, const std::string& body) const {
    return testing::body_of(send("POST", path, body));
  }
  int port() const { return port_; }
  const testing::TemporaryFolder& folder() const { return folder_; }

  /// A model folder there; models of other seeds say other things.
  void make_model(const std::filesystem::path& path, uint64_t seed = 1, int64_t width = 32) const {
    const tokenizer::Tokenizer tokenizer =
        more_tokens_.empty() ? testing::small_tokenizer() : testing::small_tokenizer_with(more_tokens_);
    nn::Transformer transformer({.vocab_size = tokenizer.vocab_size(),
                                 .width = width,
                                 .layers = 2,
                                 .heads = 2,
                                 .key_heads = 1,
                                 .head_width = 16,
                                 .hidden_width = 64,
                                 .context_length = 512},
                                seed);
    tokenizer::TokenizerConfig special{.chat_template = chat_template_,
                                       .eos_token = std::string(data::kEndOfTurn),
                                       .pad_token = std::string(data::kEndOfText)};
    model::write_model_folder(path, transformer, tokenizer, special, {.sampling = sampling_});
  }

  std::string chat_template_ = std::string(data::kChatTemplate);
  std::vector<std::string> more_tokens_;  // special ones
  model::SamplingDefaults sampling_;      // what the model's files say of drawing
  bool offers_other_models_ = false;
  std::string default_model_ = "tiny";

 private:
  static const autograd::Runtime& runtime() {
    static const autograd::Runtime kRuntime(1);
    return kRuntime;
  }

  testing::TemporaryFolder folder_;
  std::unique_ptr<Application> application_;
  std::thread thread_;
  int port_ = 0;
};

}  // namespace vitrine::serve
