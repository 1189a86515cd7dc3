#include "serve/openapi_schemas.h"

namespace vitrine::serve {

std::string_view openapi_schemas() {
  return R"json({
"Object": {"type": "object"},
"Error": {"type": "object", "required": ["error"], "properties": {"error": {"type": "object",
  "required": ["message", "type", "param", "code"], "properties": {"message": {"type": "string"}, "type": {"type": "string"},
  "param": {"type": ["string", "null"]}, "code": {"type": ["string", "null"]}}}}},
"AnthropicError": {"type": "object", "required": ["type", "error"], "properties": {"type": {"const": "error"},
  "error": {"type": "object", "required": ["type", "message"], "properties": {"type": {"type": "string"},
  "message": {"type": "string"}}}}},
"Model": {"type": "object", "required": ["id", "object", "created", "owned_by"], "properties": {"id": {"type": "string"},
  "object": {"const": "model"}, "created": {"type": "integer"}, "owned_by": {"type": "string"}}},
"ModelList": {"type": "object", "required": ["object", "data"], "properties": {"object": {"const": "list"},
  "data": {"type": "array", "items": {"$ref": "#/components/schemas/Model"}}}},
"Usage": {"type": "object", "required": ["prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details",
  "completion_tokens_details"], "properties": {"prompt_tokens": {"type": "integer", "minimum": 0},
  "completion_tokens": {"type": "integer", "minimum": 0}, "total_tokens": {"type": "integer", "minimum": 0}}},
"TokenLogprob": {"type": "object", "required": ["token", "logprob", "bytes", "top_logprobs"], "properties": {
  "token": {"type": "string"}, "logprob": {"type": "number", "maximum": 0}, "bytes": {"type": ["array", "null"],
  "items": {"type": "integer", "minimum": 0, "maximum": 255}}, "top_logprobs": {"type": "array", "items": {"type": "object",
  "required": ["token", "logprob", "bytes"]}}}},
"ToolCall": {"type": "object", "required": ["id", "type", "function"], "properties": {"id": {"type": "string", "minLength": 1},
  "type": {"const": "function"}, "function": {"type": "object", "required": ["name", "arguments"], "properties": {
  "name": {"type": "string"}, "arguments": {"type": "string"}}}}},
"ChatCompletionRequest": {"type": "object", "required": ["messages"], "properties": {"model": {"type": "string"},
  "messages": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["role"]}},
  "temperature": {"type": ["number", "null"], "minimum": 0, "maximum": 2}, "n": {"type": ["integer", "null"], "minimum": 1,
  "maximum": 128}, "stream": {"type": ["boolean", "null"]}, "tools": {"type": ["array", "null"], "maxItems": 128}}},
"ChatCompletion": {"type": "object", "required": ["id", "object", "created", "model", "choices", "usage"], "properties": {
  "id": {"type": "string"}, "object": {"const": "chat.completion"}, "created": {"type": "integer"},
  "model": {"type": "string"}, "usage": {"$ref": "#/components/schemas/Usage"}, "choices": {"type": "array", "minItems": 1,
  "items": {"type": "object", "required": ["index", "message", "finish_reason", "logprobs"], "properties": {
  "index": {"type": "integer"}, "finish_reason": {"enum": ["stop", "length", "tool_calls", "content_filter"]},
  "logprobs": {"type": ["object", "null"], "required": ["content", "refusal"], "properties": {"content": {"type": "array",
  "items": {"$ref": "#/components/schemas/TokenLogprob"}}}}, "message": {"type": "object",
  "required": ["role", "content", "refusal"], "properties": {"role": {"const": "assistant"},
  "content": {"type": ["string", "null"]}, "refusal": {"type": "null"}, "reasoning_content": {"type": "string"},
  "tool_calls": {"type": "array", "items": {"$ref": "#/components/schemas/ToolCall"}}}}}}}}},
"CompletionRequest": {"type": "object", "required": ["prompt"]},
"Completion": {"type": "object", "required": ["id", "object", "created", "model", "choices", "usage"], "properties": {
  "object": {"const": "text_completion"}, "usage": {"$ref": "#/components/schemas/Usage"}, "choices": {"type": "array",
  "items": {"type": "object", "required": ["index", "text", "logprobs", "finish_reason"], "properties": {
  "text": {"type": "string"}, "finish_reason": {"enum": ["stop", "length"]}}}}}},
"EmbeddingRequest": {"type": "object", "required": ["input"]},
"EmbeddingList": {"type": "object", "required": ["object", "data", "model", "usage"], "properties": {"object": {"const": "list"},
  "data": {"type": "array", "items": {"type": "object", "required": ["object", "index", "embedding"], "properties": {
  "object": {"const": "embedding"}, "embedding": {"type": ["array", "string"], "items": {"type": "number"}}}}}}},
"TokenizeRequest": {"type": "object", "required": ["content"]},
"Tokens": {"type": "object", "required": ["tokens"], "properties": {"tokens": {"type": "array"}}},
"DetokenizeRequest": {"type": "object", "required": ["tokens"]},
"Content": {"type": "object", "required": ["content"], "properties": {"content": {"type": "string"}}},
"ApplyTemplateRequest": {"type": "object", "required": ["messages"]},
"PromptText": {"type": "object", "required": ["prompt"], "properties": {"prompt": {"type": "string"}}},
"TokenCount": {"type": "object", "required": ["input_tokens"], "properties": {"input_tokens": {"type": "integer"}}},
"Deleted": {"type": "object", "required": ["id", "object", "deleted"], "properties": {"deleted": {"const": true}}},
"ItemList": {"type": "object", "required": ["object", "data"], "properties": {"object": {"const": "list"},
  "data": {"type": "array", "items": {"type": "object"}}}},
"ResponsesRequest": {"type": "object", "required": ["input"]},
"Response": {"type": "object", "required": ["id", "object", "created_at", "status", "error", "incomplete_details",
  "instructions", "model", "tools", "output", "parallel_tool_calls", "metadata", "tool_choice", "temperature", "top_p",
  "usage"], "properties": {"id": {"type": "string", "pattern": "^resp_"}, "object": {"const": "response"},
  "status": {"enum": ["completed", "incomplete", "failed", "in_progress", "cancelled"]}, "output": {"type": "array",
  "items": {"type": "object", "required": ["type", "id"]}}, "usage": {"type": ["object", "null"], "required": ["input_tokens",
  "input_tokens_details", "output_tokens", "output_tokens_details", "total_tokens"]}}},
"MessagesRequest": {"type": "object", "required": ["messages"]},
"AnthropicMessage": {"type": "object", "required": ["id", "type", "role", "model", "content", "stop_reason", "stop_sequence",
  "usage"], "properties": {"type": {"const": "message"}, "role": {"const": "assistant"}, "content": {"type": "array",
  "items": {"type": "object", "required": ["type"], "properties": {"type": {"enum": ["text", "thinking", "tool_use"]}}}},
  "stop_reason": {"enum": ["end_turn", "max_tokens", "stop_sequence", "tool_use"]}, "usage": {"type": "object",
  "required": ["input_tokens", "output_tokens"]}}},
"Conversation": {"type": "object", "required": ["id", "title", "folder_id", "system_prompt", "model", "settings", "active_leaf",
  "pinned", "created", "updated"]},
"ConversationList": {"type": "object", "required": ["conversations", "has_more"], "properties": {"conversations": {
  "type": "array", "items": {"$ref": "#/components/schemas/Conversation"}}, "has_more": {"type": "boolean"}}},
"Message": {"type": "object", "required": ["id", "conversation_id", "parent_id", "role", "parts", "state", "stop_reason", "error",
  "model", "settings", "seed", "dropped_turns", "usage", "created", "feedback"], "properties": {
  "role": {"enum": ["user", "assistant"]}, "state": {"enum": ["running", "done", "stopped", "failed"]},
  "parts": {"type": "array", "items": {"type": "object", "required": ["type"]}}}},
"MessageList": {"type": "object", "required": ["messages"], "properties": {"messages": {"type": "array",
  "items": {"$ref": "#/components/schemas/Message"}}}},
"ConversationTree": {"type": "object", "required": ["conversation", "messages"], "properties": {
  "conversation": {"$ref": "#/components/schemas/Conversation"}, "messages": {"type": "array",
  "items": {"$ref": "#/components/schemas/Message"}}}},
"FeedbackAdded": {"type": "object", "required": ["event_id"], "properties": {"event_id": {"type": "integer"}}},
"FeedbackList": {"type": "object", "required": ["events", "has_more"]},
"Folder": {"type": "object", "required": ["id", "name", "position", "count"]}
})json";
}

}  // namespace vitrine::serve
