// Items of the Responses API: read from requests, kept with their responses, turned into messages again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/conversation.h"
#include "serve/json_reader.h"
#include "store/store.h"

namespace vitrine::serve {

/// Adds what "input" says to the messages, and returns it as a JSON list of items. Errors: ApiError 400.
std::string read_input_items(const Fields& body, std::vector<data::Message>& messages);

/// Inputs and outputs of a stored response and of those before it. Errors: ApiError 404.
std::vector<data::Message> earlier_messages(store::Store& store, const std::string& id);

void put_response(store::Store& store, const std::string& id, const std::string& previous_id, std::string_view response,
                  std::string_view input_items);
/// Errors of both: ApiError 404.
std::string stored_response(store::Store& store, const std::string& id);
std::string stored_input_items(store::Store& store, const std::string& id);

}  // namespace vitrine::serve
