#include "serve/openapi_schemas.h"

namespace vitrine::serve {

std::string_view openapi_schemas() {
  return R"json({
"Object": {"type": "object"},
"Count": {"type": "integer", "minimum": 0},
"OptionalText": {"type": ["string", "null"]},
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
  "completion_tokens": {"type": "integer", "minimum": 0}, "total_tokens": {"type": "integer", "minimum": 0},
  "prompt_tokens_details": {"type": "object", "required": ["cached_tokens"], "properties": {
  "cached_tokens": {"$ref": "#/components/schemas/Count"}}}, "completion_tokens_details": {"type": "object",
  "required": ["reasoning_tokens"], "properties": {"reasoning_tokens": {"$ref": "#/components/schemas/Count"}}}}},
"TokenLogprob": {"type": "object", "required": ["token", "logprob", "bytes", "top_logprobs"], "properties": {
  "token": {"type": "string"}, "logprob": {"type": "number", "maximum": 0}, "bytes": {"type": ["array", "null"],
  "items": {"type": "integer", "minimum": 0, "maximum": 255}}, "top_logprobs": {"type": "array", "items": {"type": "object",
  "required": ["token", "logprob", "bytes"]}}}},
"ToolCall": {"type": "object", "required": ["id", "type", "function"], "properties": {"id": {"type": "string", "minLength": 1},
  "type": {"const": "function"}, "function": {"type": "object", "required": ["name", "arguments"], "properties": {
  "name": {"type": "string"}, "arguments": {"type": "string"}}}}},
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
"Completion": {"type": "object", "required": ["id", "object", "created", "model", "choices", "usage"], "properties": {
  "object": {"const": "text_completion"}, "usage": {"$ref": "#/components/schemas/Usage"}, "choices": {"type": "array",
  "items": {"type": "object", "required": ["index", "text", "logprobs", "finish_reason"], "properties": {
  "text": {"type": "string"}, "finish_reason": {"enum": ["stop", "length"]}}}}}},
"EmbeddingList": {"type": "object", "required": ["object", "data", "model", "usage"], "properties": {"object": {"const": "list"},
  "data": {"type": "array", "items": {"type": "object", "required": ["object", "index", "embedding"], "properties": {
  "object": {"const": "embedding"}, "embedding": {"type": ["array", "string"], "items": {"type": "number"}}}}}}},
"Tokens": {"type": "object", "required": ["tokens"], "properties": {"tokens": {"type": "array"}}},
"Content": {"type": "object", "required": ["content"], "properties": {"content": {"type": "string"}}},
"PromptText": {"type": "object", "required": ["prompt"], "properties": {"prompt": {"type": "string"}}},
"TokenCount": {"type": "object", "required": ["input_tokens"], "properties": {"input_tokens": {"$ref": "#/components/schemas/Count"}}},
"Deleted": {"type": "object", "required": ["id", "object", "deleted"], "properties": {"deleted": {"const": true}}},
"ItemList": {"type": "object", "required": ["object", "data"], "properties": {"object": {"const": "list"},
  "data": {"type": "array", "items": {"type": "object"}}}},
"Response": {"type": "object", "required": ["id", "object", "created_at", "status", "error", "incomplete_details",
  "instructions", "model", "tools", "output", "parallel_tool_calls", "metadata", "tool_choice", "temperature", "top_p",
  "usage"], "properties": {"id": {"type": "string", "pattern": "^resp_"}, "object": {"const": "response"},
  "status": {"enum": ["completed", "incomplete", "failed", "in_progress", "cancelled"]}, "output": {"type": "array",
  "items": {"type": "object", "required": ["type", "id"]}}, "usage": {"type": ["object", "null"], "required": ["input_tokens",
  "input_tokens_details", "output_tokens", "output_tokens_details", "total_tokens"], "properties": {
  "input_tokens": {"$ref": "#/components/schemas/Count"}, "output_tokens": {"$ref": "#/components/schemas/Count"},
  "total_tokens": {"$ref": "#/components/schemas/Count"}, "input_tokens_details": {"type": "object",
  "required": ["cached_tokens"], "properties": {"cached_tokens": {"$ref": "#/components/schemas/Count"}}}}}}},
"AnthropicMessage": {"type": "object", "required": ["id", "type", "role", "model", "content", "stop_reason", "stop_sequence",
  "usage"], "properties": {"type": {"const": "message"}, "role": {"const": "assistant"}, "content": {"type": "array",
  "items": {"type": "object", "required": ["type"], "properties": {"type": {"enum": ["text", "thinking", "tool_use"]}}}},
  "stop_reason": {"enum": ["end_turn", "max_tokens", "stop_sequence", "tool_use"]}, "usage": {"type": "object",
  "required": ["input_tokens", "output_tokens"], "properties": {"input_tokens": {"$ref": "#/components/schemas/Count"},
  "cache_read_input_tokens": {"$ref": "#/components/schemas/Count"}, "output_tokens": {"$ref": "#/components/schemas/Count"}}}}},
"Conversation": {"type": "object", "required": ["id", "title", "folder_id", "system_prompt", "model", "settings", "active_leaf",
  "pinned", "created", "updated"], "properties": {"id": {"type": "string"}, "title": {"type": "string"},
  "folder_id": {"$ref": "#/components/schemas/OptionalText"}, "system_prompt": {"type": "string"},
  "model": {"$ref": "#/components/schemas/OptionalText"}, "settings": {"type": "object"},
  "active_leaf": {"$ref": "#/components/schemas/OptionalText"}, "pinned": {"type": "boolean"},
  "created": {"$ref": "#/components/schemas/Count"}, "updated": {"$ref": "#/components/schemas/Count"}}},
"ConversationList": {"type": "object", "required": ["conversations", "has_more"], "properties": {"conversations": {
  "type": "array", "items": {"$ref": "#/components/schemas/Conversation"}}, "has_more": {"type": "boolean"}}},
"Message": {"type": "object", "required": ["id", "conversation_id", "parent_id", "role", "parts", "state", "stop_reason", "error",
  "model", "settings", "seed", "dropped_turns", "usage", "created", "feedback"], "properties": {
  "role": {"enum": ["user", "assistant"]}, "state": {"enum": ["running", "done", "stopped", "failed"]},
  "id": {"type": "string"}, "conversation_id": {"type": "string"},
  "parent_id": {"$ref": "#/components/schemas/OptionalText"}, "stop_reason": {"$ref": "#/components/schemas/OptionalText"},
  "error": {"$ref": "#/components/schemas/OptionalText"}, "model": {"$ref": "#/components/schemas/OptionalText"},
  "settings": {"type": "object"}, "seed": {"type": ["integer", "null"]},
  "dropped_turns": {"$ref": "#/components/schemas/Count"}, "created": {"$ref": "#/components/schemas/Count"},
  "parts": {"type": "array", "items": {"type": "object", "required": ["type"], "properties": {
  "type": {"enum": ["text", "attachment", "reasoning", "tool_call", "tool_result"]}}}},
  "usage": {"type": ["object", "null"], "required": ["prompt_tokens", "cached_tokens", "completion_tokens",
  "reasoning_tokens"], "additionalProperties": {"$ref": "#/components/schemas/Count"}},
  "feedback": {"type": "object", "required": ["thumb", "reasons", "note", "flagged"], "properties": {
  "thumb": {"enum": [1, -1, null]}, "reasons": {"type": "array", "items": {"type": "string"}},
  "note": {"type": "string"}, "flagged": {"type": "boolean"}}}}},
"MessageList": {"type": "object", "required": ["messages"], "properties": {"messages": {"type": "array",
  "items": {"$ref": "#/components/schemas/Message"}}}},
"ConversationTree": {"type": "object", "required": ["conversation", "messages"], "properties": {
  "conversation": {"$ref": "#/components/schemas/Conversation"}, "messages": {"type": "array",
  "items": {"$ref": "#/components/schemas/Message"}}}},
"FeedbackAdded": {"type": "object", "required": ["event_id"], "properties": {"event_id": {"type": "integer"}}},
"FeedbackEvent": {"type": "object", "required": ["id", "kind", "created", "conversation_id", "title", "message_ids", "value",
  "choice", "ranking", "reasons", "note", "excerpts"], "properties": {"id": {"type": "integer", "minimum": 1},
  "kind": {"enum": ["thumb", "choice", "ranking", "flag", "edit", "regenerate"]},
  "message_ids": {"type": "array", "items": {"type": "string"}}, "value": {"enum": [1, 0, -1, null]},
  "choice": {"enum": [0, 1, "tie", "both_bad", null]}, "ranking": {"type": "array", "items": {"type": "string"}},
  "reasons": {"type": "array", "items": {"type": "string"}}, "excerpts": {"type": "array"}}},
"FeedbackList": {"type": "object", "required": ["events", "has_more"], "properties": {"has_more": {"type": "boolean"},
  "events": {"type": "array", "items": {"$ref": "#/components/schemas/FeedbackEvent"}}}},
"AppModel": {"type": "object", "required": ["id", "bytes", "loaded", "default", "context_length", "parameters",
  "has_reasoning", "has_tools", "has_template"], "properties": {"id": {"type": "string", "minLength": 1},
  "bytes": {"$ref": "#/components/schemas/Count"}, "loaded": {"type": "boolean"}, "default": {"type": "boolean"},
  "context_length": {"type": ["integer", "null"]}, "parameters": {"type": ["integer", "null"]},
  "has_reasoning": {"type": ["boolean", "null"]}, "has_tools": {"type": ["boolean", "null"]},
  "has_template": {"type": ["boolean", "null"]}}},
"AppModelList": {"type": "object", "required": ["models"], "properties": {"models": {"type": "array", "minItems": 1,
  "items": {"$ref": "#/components/schemas/AppModel"}}}},
"Status": {"type": "object", "required": ["version", "model", "context_length", "needs_key", "tools", "limits"], "properties": {
  "version": {"type": "string"}, "model": {"type": "string"}, "context_length": {"$ref": "#/components/schemas/Count"},
  "needs_key": {"type": "boolean"}, "tools": {"type": "array", "items": {"type": "object", "required": ["name",
  "description"]}}}},
"Folder": {"type": "object", "required": ["id", "name", "position", "count"]}
})json";
}

}  // namespace vitrine::serve
