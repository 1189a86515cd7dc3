// Embeddings: the hidden states behind the last norm, averaged over the tokens, of length one.
#include <fmt/format.h>

#include <cmath>
#include <mutex>

#include "net/base64.h"
#include "serve/answer_json.h"
#include "serve/chat_spec.h"
#include "serve/json_reader.h"
#include "serve/routes/catalog.h"
#include "serve/services.h"

namespace vitrine::serve {
namespace {

constexpr size_t kMaxInputs = 2048;

std::vector<int32_t> read_ids(const Fields& body, const std::vector<JsonValue>& items, int64_t vocab_size) {
  std::vector<int32_t> ids;
  for (const JsonValue& item : items) {
    const auto id = item.is(JsonKind::kNumber) ? item.number.to_int64() : std::nullopt;
    if (!id || *id < 0 || *id >= vocab_size)
      body.fail("input", fmt::format("has to hold texts, or ids from 0 to {}", vocab_size - 1));
    ids.push_back(static_cast<int32_t>(*id));
  }
  return ids;
}

/// A text, a list of ids, or a list of either.
std::vector<std::vector<int32_t>> read_inputs(const Fields& body, const ServedModel& model) {
  const JsonValue& input = body.required("input", "a string or an array");
  const auto encoded = [&](const std::string& text) {
    if (text.empty()) body.fail("input", "has an empty text");
    std::vector<int32_t> ids = model.text_start();
    model.tokenizer().encode_append(text, ids);
    return ids;
  };
  std::vector<std::vector<int32_t>> inputs;
  if (input.is(JsonKind::kString)) {
    inputs.push_back(encoded(input.string));
  } else {
    const std::vector<JsonValue>& items = *body.array("input");
    if (!items.empty() && items.front().is(JsonKind::kNumber)) {
      inputs.push_back(read_ids(body, items, model.tokenizer().vocab_size()));
    } else {
      if (items.size() > kMaxInputs) body.fail("input", fmt::format("has too many texts (at most {})", kMaxInputs));
      for (const JsonValue& item : items) {
        if (item.is(JsonKind::kString))
          inputs.push_back(encoded(item.string));
        else if (item.is(JsonKind::kArray))
          inputs.push_back(read_ids(body, item.items, model.tokenizer().vocab_size()));
        else
          body.fail("input", fmt::format("has to hold texts, or lists of ids (got {})", kind_name(item)),
                    "invalid_type");
      }
    }
  }
  if (inputs.empty()) body.fail("input", "is empty");
  for (const std::vector<int32_t>& ids : inputs) {
    if (ids.empty()) body.fail("input", "has an empty text");
    require_room(static_cast<int64_t>(ids.size()) - 1, model.context_length(), "input");
  }
  return inputs;
}

/// Collects the vectors of one request; the last one sends it.
struct Collection {
  std::shared_ptr<Responder> responder;
  std::string model;
  bool is_base64 = false;
  int64_t dimensions = 0;
  std::mutex mutex;
  std::vector<std::vector<float>> vectors;
  std::vector<std::shared_ptr<Place>> places;
  size_t left = 0;
  int64_t num_tokens = 0;
  std::exception_ptr failure;

  void take(size_t index, const infer::Completion& done) {
    const std::lock_guard lock(mutex);
    if (done.failure) failure = done.failure;
    if (done.hidden.defined()) vectors[index] = averaged(done.hidden);
    places[index].reset();
    if (--left == 0) send();
  }

  std::vector<float> averaged(const Tensor& hidden) const {
    const int64_t rows = hidden.shape()[0], width = hidden.shape()[1],
                  kept = dimensions > 0 ? std::min(dimensions, width) : width;
    std::vector<float> vector(static_cast<size_t>(kept));
    double square = 0;
    for (int64_t i = 0; i < kept; ++i) {
      double sum = 0;
      for (int64_t row = 0; row < rows; ++row) sum += hidden.f32()[row * width + i];
      vector[static_cast<size_t>(i)] = static_cast<float>(sum / static_cast<double>(rows));
      square += static_cast<double>(vector[static_cast<size_t>(i)]) * vector[static_cast<size_t>(i)];
    }
    const double length = std::sqrt(square);
    for (float& value : vector) value = length > 0 ? static_cast<float>(value / length) : value;
    return vector;
  }

  void send() {
    if (failure) return responder->send(error_response(to_api_error(failure)));
    JsonWriter json;
    json.begin_object().field("object", "list").key("data").begin_array();
    for (size_t i = 0; i < vectors.size(); ++i) {
      json.begin_object().field("object", "embedding").field("index", i).key("embedding");
      if (is_base64) {
        json.value(
            net::base64_encode({reinterpret_cast<const char*>(vectors[i].data()), vectors[i].size() * sizeof(float)}));
      } else {
        json.begin_array();
        for (const float value : vectors[i]) json.raw(fmt::format("{}", value));
        json.end_array();
      }
      json.end_object();
    }
    json.end_array().field("model", model).key("usage").begin_object().field("prompt_tokens", num_tokens);
    json.field("total_tokens", num_tokens).end_object().end_object();
    responder->send({.body = json.take()});
  }
};

void embed(Call& call) {
  const JsonValue json = parse_body(call.request.body);
  const Fields body(json);
  const auto model = call.services.hub.get(body.text("model").value_or(""));
  const auto collection = std::make_shared<Collection>();
  collection->is_base64 = body.choice("encoding_format", {"float", "base64"}).value_or("float") == "base64";
  collection->dimensions = body.integer("dimensions", 1, model->engine().config().width).value_or(0);
  body.text("user");
  const std::vector<std::vector<int32_t>> inputs = read_inputs(body, *model);
  collection->responder = call.responder;
  collection->model = model->id();
  collection->vectors.resize(inputs.size());
  collection->left = inputs.size();
  const auto place = call.services.hub.places(model, 1).front();
  collection->places.assign(inputs.size(), place);
  for (const auto& ids : inputs) collection->num_tokens += static_cast<int64_t>(ids.size());
  std::vector<infer::RequestId> requests;
  for (size_t i = 0; i < inputs.size(); ++i) {
    infer::Request request{.segments = {{.ids = inputs[i]}},
                           .adapter = model->adapter(),
                           .max_tokens = 0,
                           .hidden = infer::HiddenStates::kAll};
    request.on_finish = [collection, i, model](const infer::Completion& done) { collection->take(i, done); };
    requests.push_back(model->engine().submit(std::move(request)));
  }
  call.services.hub.loop().wake();
  call.responder->on_leave([model, requests, &loop = call.services.hub.loop()] {
    for (const infer::RequestId id : requests) model->engine().cancel(id);
    loop.wake();
  });
}

}  // namespace

std::vector<Route> routes::embeddings() {
  return {{.method = "POST",
           .path = "/v1/embeddings",
           .summary = "Vectors of texts",
           .handle = embed,
           .request_schema = "EmbeddingRequest",
           .response_schema = "EmbeddingList",
           .generates = true}};
}

}  // namespace vitrine::serve
