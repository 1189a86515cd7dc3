// Parallel chats as a client has them: streams of a server's chat completions over HTTP, timed token by token.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vitrine::bench {

/// Where a server with OpenAI's API listens: an IPv4 address, no TLS.
struct ServerAddress {
  std::string host = "127.0.0.1";
  int port = 0;
};

/// "http://127.0.0.1:8080" or "127.0.0.1:8080". Errors: kInvalidArgument for anything else.
ServerAddress parse_server_address(const std::string& text);

/// One round of chats that began together. Times in seconds.
struct ChatRound {
  double seconds = 0;                 ///< from the first request until the last answer ended
  int64_t tokens = 0;                 ///< generated, in all answers, as the server counts them
  int64_t prompt_tokens = 0;          ///< of the longest prompt
  std::vector<double> first_token_s;  ///< from its request until its first words, of each chat
  std::vector<double> gaps_s;         ///< between pieces of text that follow each other, of all chats
};

/// Asks for `chats` answers of `tokens` tokens at once, each on a connection and with a question of its own (another
/// one for another `round`), greedily and past the ends that the model sets. All of it on this thread.
/// Errors: kIo where the server cannot be reached, answers with another status than 200, or ends a stream early.
ChatRound run_chat_round(const ServerAddress& address, int64_t chats, int64_t tokens, int64_t round);

}  // namespace vitrine::bench
