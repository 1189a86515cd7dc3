// The only file that includes curl.
#include "net/http_client.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <exception>
#include <memory>
#include <utility>

#include "net/base64.h"
#include "net/url.h"

namespace vitrine::net {
namespace {

constexpr size_t kMaxRedirects = 10;
constexpr size_t kMaxHeaderBytes = 256 << 10, kMaxErrorBodyBytes = 4096;
constexpr int64_t kMaxRetryAfterSeconds = 7 * 24 * 3600;

std::string& user_agent() {
  static std::string text = "vitrine";
  return text;
}

/// The functions that we use, out of the shared library.
struct CurlLibrary {
  decltype(&curl_global_init) global_init = nullptr;
  decltype(&curl_easy_init) easy_init = nullptr;
  decltype(&curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&curl_easy_setopt) easy_setopt = nullptr;
  decltype(&curl_easy_perform) easy_perform = nullptr;
  decltype(&curl_easy_strerror) easy_strerror = nullptr;
  decltype(&curl_slist_append) slist_append = nullptr;
  decltype(&curl_slist_free_all) slist_free_all = nullptr;
};

[[noreturn]] void library_missing(const std::string& problem) {
  throw Error(ErrorCode::kUnsupported, fmt::format("fetch: libcurl cannot be loaded ({})", problem),
              "install the package libcurl4: apt-get install libcurl4");
}

CurlLibrary load_library() {
  void* handle = nullptr;
  for (const char* name : {"libcurl.so.4", "libcurl-gnutls.so.4"})
    if (handle == nullptr) handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) library_missing(dlerror());
  CurlLibrary library;
  const auto bind = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
    if (function == nullptr) library_missing(fmt::format("it has no {}", name));
  };
  bind(library.global_init, "curl_global_init");
  bind(library.easy_init, "curl_easy_init");
  bind(library.easy_cleanup, "curl_easy_cleanup");
  bind(library.easy_setopt, "curl_easy_setopt");
  bind(library.easy_perform, "curl_easy_perform");
  bind(library.easy_strerror, "curl_easy_strerror");
  bind(library.slist_append, "curl_slist_append");
  bind(library.slist_free_all, "curl_slist_free_all");
  if (library.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) library_missing("it does not start");
  return library;
}

const CurlLibrary& curl() {
  static const CurlLibrary library = load_library();
  return library;
}

std::string trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

std::optional<int64_t> whole_number(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

bool is_wanted(int status) { return status == 200 || status == 206 || status == 416; }

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// One request and its answer. Exceptions do not pass through the library: they wait here.
class Transfer {
 public:
  Transfer(const HttpRequest& request, const HttpReceiver& receiver, const HttpExchange& redirects)
      : request_(request), receiver_(receiver), redirects_(redirects) {}

  HttpHead run(const Url& url, const std::string& authorization) {
    head_.url = url.text();
    open();
    set(CURLOPT_URL, head_.url.c_str());
    for (const HttpHeader& header : request_.headers) add_header(header.name, header.value);
    if (!authorization.empty()) add_header("Authorization", authorization);
    set(CURLOPT_HTTPHEADER, header_list_.get());
    const CURLcode code = curl().easy_perform(handle_.get());
    if (thrown_) std::rethrow_exception(thrown_);
    if (code != CURLE_OK) throw_failure(url, code);
    require_head();
    return std::move(head_);
  }

  const std::string& error_body() const { return error_body_; }

 private:
  struct CleanUp {
    void operator()(CURL* handle) const { curl().easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl().slist_free_all(list); }
  };

  template <typename Value>
  void set(CURLoption option, Value value) {
    const CURLcode code = curl().easy_setopt(handle_.get(), option, value);
    if (code != CURLE_OK)
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("fetch: libcurl refuses an option ({}: {})", static_cast<int>(option),
                              curl().easy_strerror(code)),
                  "a newer libcurl is needed, 7.85 or later");
  }

  void open() {
    handle_.reset(curl().easy_init());
    if (!handle_) throw Error(ErrorCode::kOutOfMemory, "fetch: no memory for a transfer");
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_USERAGENT, user_agent().c_str());
    set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(request_.stall_seconds));
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(request_.stall_seconds));
    set(CURLOPT_BUFFERSIZE, 256L << 10);
    set(CURLOPT_ERRORBUFFER, problem_);
    set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
    set(CURLOPT_XFERINFODATA, this);
    // The programs around us name their certificates so; the library itself reads none of these.
    for (const char* variable : {"CURL_CA_BUNDLE", "SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"})
      if (const char* path = std::getenv(variable); path != nullptr && *path != '\0') {
        set(CURLOPT_CAINFO, path);
        break;
      }
  }

  void add_header(const std::string& name, const std::string& value) {
    if ((name + value).find_first_of("\r\n") != std::string::npos)
      throw Error(ErrorCode::kInvalidArgument, fmt::format("fetch: line break in header '{}'", excerpt(name)));
    curl_slist* longer = curl().slist_append(header_list_.get(), (name + ": " + value).c_str());
    if (longer == nullptr) throw Error(ErrorCode::kOutOfMemory, "fetch: no memory for a header");
    [[maybe_unused]] curl_slist* const same = header_list_.release();
    header_list_.reset(longer);
  }

  [[noreturn]] void throw_failure(const Url& url, CURLcode code) {
    const std::string message = fmt::format("fetch '{}': {}", excerpt(url.text(), 300),
                                            problem_[0] != '\0' ? problem_ : curl().easy_strerror(code));
    switch (code) {
      case CURLE_ABORTED_BY_CALLBACK:
        throw Error(ErrorCode::kInterrupted, "interrupted");
      case CURLE_COULDNT_RESOLVE_HOST:
      case CURLE_COULDNT_RESOLVE_PROXY:
      case CURLE_COULDNT_CONNECT:
        throw Error(ErrorCode::kIo, message, "check the address, the network and https_proxy");
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CACERT_BADFILE:
        throw Error(ErrorCode::kIo, message, "SSL_CERT_FILE names the certificates to trust");
      case CURLE_UNSUPPORTED_PROTOCOL:
      case CURLE_URL_MALFORMAT:
        throw Error(ErrorCode::kInvalidArgument, message, "check the address");
      default:
        throw TransientError(ErrorCode::kIo, message, "the connection broke: try again");
    }
  }

  /// Tells the receiver of the head once the last header is in.
  void require_head() {
    if (head_is_given_) return;
    head_is_given_ = true;
    wants_body_ = is_wanted(head_.status);
    if (wants_body_ && receiver_.on_head) receiver_.on_head(head_, redirects_);
  }

  template <typename Step>
  size_t guarded(size_t num_bytes, const Step& step) {
    try {
      step();
      return num_bytes;
    } catch (...) {
      thrown_ = std::current_exception();
      return num_bytes + 1;  // another number ends the transfer
    }
  }

  void take_header(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > kMaxHeaderBytes)
      throw Error(
          ErrorCode::kCorruptData,
          fmt::format("fetch '{}': headers without end (more than {} bytes)", excerpt(head_.url, 300), kMaxHeaderBytes),
          "this server cannot be used");
    if (line.starts_with("HTTP/")) {  // also after "100 Continue"
      const size_t space = line.find(' ');
      head_.headers.clear();
      head_.status = 0;
      if (space != std::string_view::npos)
        head_.status = static_cast<int>(whole_number(line.substr(space + 1, 3)).value_or(0));
      return;
    }
    if (trimmed(line).empty() && head_.status >= 200) return require_head();  // before the first byte of the body
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || head_is_given_) return;
    HttpHeader header{trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1))};
    for (char& c : header.name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    head_.headers.push_back(std::move(header));
  }

  void take_body(std::string_view piece) {
    require_head();
    if (wants_body_) {
      if (receiver_.on_body) receiver_.on_body(std::as_bytes(std::span(piece)));
      return;
    }
    error_body_.append(piece.substr(0, kMaxErrorBodyBytes - std::min(kMaxErrorBodyBytes, error_body_.size())));
    ignored_bytes_ += piece.size();
    if (ignored_bytes_ > kMaxHeaderBytes)
      throw Error(ErrorCode::kIo, fmt::format("fetch '{}': status {}", excerpt(head_.url, 300), head_.status));
  }

  static size_t on_header(char* data, size_t size, size_t count, void* self) {
    auto* transfer = static_cast<Transfer*>(self);
    return transfer->guarded(size * count, [&] { transfer->take_header({data, size * count}); });
  }
  static size_t on_body(char* data, size_t size, size_t count, void* self) {
    auto* transfer = static_cast<Transfer*>(self);
    return transfer->guarded(size * count, [&] { transfer->take_body({data, size * count}); });
  }
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto* transfer = static_cast<Transfer*>(self);
    return transfer->request_.should_stop && transfer->request_.should_stop() ? 1 : 0;
  }

  const HttpRequest& request_;
  const HttpReceiver& receiver_;
  const HttpExchange& redirects_;
  std::unique_ptr<CURL, CleanUp> handle_;
  std::unique_ptr<curl_slist, CleanUp> header_list_;
  char problem_[CURL_ERROR_SIZE] = {};
  HttpHead head_;
  size_t header_bytes_ = 0, ignored_bytes_ = 0;
  bool head_is_given_ = false, wants_body_ = false;
  std::string error_body_;
  std::exception_ptr thrown_;
};

/// Seconds of Retry-After; a date in it counts as nothing said.
int64_t retry_after(const HttpHead& head) {
  return std::min(whole_number(head.header("retry-after")).value_or(0), kMaxRetryAfterSeconds);
}

/// The first line of a body that explains an error, where it is a text.
std::string explanation(const HttpHead& head, const std::string& body) {
  const std::string kind = head.header("content-type");
  if (!kind.starts_with("text/plain") && !kind.starts_with("application/json")) return "";
  const std::string text = excerpt(trimmed(std::string_view(body).substr(0, body.find('\n'))), 200);
  return text.empty() ? "" : fmt::format(" ({})", text);
}

[[noreturn]] void throw_status(const HttpHead& head, const std::string& body) {
  const std::string message =
      fmt::format("fetch '{}': status {}{}", excerpt(head.url, 300), head.status, explanation(head, body));
  const int status = head.status;
  if (status == 404 || status == 410) throw Error(ErrorCode::kNotFound, message, "nothing is there: check the address");
  if (status == 401 || status == 403)
    throw Error(ErrorCode::kInvalidArgument, message,
                "it is not there, or not for everybody: for a gated model accept its terms on the hub and set HF_TOKEN "
                "(which is "
                "sent to the hub alone, over https)");
  const int64_t wait = retry_after(head);
  const std::string hint =
      wait > 0 ? fmt::format("the server asks to wait {} s", wait) : "the server is busy or down: try again later";
  if (status == 408 || status == 429 || (status >= 500 && status <= 599))
    throw TransientError(ErrorCode::kIo, message, hint, wait);
  throw Error(ErrorCode::kIo, message, "this is no answer that can be used: check the address");
}

Url redirect_target(const Url& from, const HttpHead& head) {
  const std::string location = head.header("location");
  if (location.empty())
    throw Error(ErrorCode::kIo, fmt::format("fetch '{}': redirected to nowhere", excerpt(head.url, 300)));
  Url to;
  try {
    to = resolve_url(from, location);
  } catch (const Error& error) {
    throw error.wrapped(fmt::format("fetch '{}': redirected", excerpt(head.url, 300)));
  }
  if (from.scheme == "https" && to.scheme == "http")
    throw Error(ErrorCode::kIo,
                fmt::format("fetch '{}': redirected from https to http ('{}')", excerpt(head.url, 300),
                            excerpt(to.text(), 200)),
                "what comes over http can be changed on the way");
  return to;
}

}  // namespace

std::string HttpHead::header(std::string_view name) const {
  for (size_t i = headers.size(); i-- > 0;)
    if (headers[i].name == name) return headers[i].value;
  return "";
}

std::optional<int64_t> HttpHead::content_length() const { return whole_number(header("content-length")); }

void http_get(const HttpRequest& request, const HttpReceiver& receiver) {
  Url url = parse_url(request.url);
  std::string authorization = request.authorization;
  if (authorization.empty() && !url.user_info.empty())
    authorization = "Basic " + base64_encode(percent_decode(url.user_info));
  for (HttpExchange redirects;;) {
    if (request.should_stop && request.should_stop()) throw Error(ErrorCode::kInterrupted, "interrupted");
    Transfer transfer(request, receiver, redirects);
    HttpHead head = transfer.run(url, authorization);
    if (is_wanted(head.status)) return;
    if (!is_redirect(head.status)) throw_status(head, transfer.error_body());
    if (redirects.size() == kMaxRedirects)
      throw Error(ErrorCode::kCorruptData, fmt::format("fetch '{}': redirected more than {} times",
                                                       excerpt(redirects.front().url, 300), kMaxRedirects));
    const Url next = redirect_target(url, head);
    if (next.origin() != url.origin()) authorization.clear();
    url = next;
    redirects.push_back(std::move(head));
  }
}

std::string http_get_text(const HttpRequest& request, size_t max_bytes) {
  std::string text;
  const auto require_whole = [](const HttpHead& head, const HttpExchange&) {
    if (head.status != 200) throw_status(head, "");
  };
  const auto append = [&](std::span<const std::byte> piece) {
    if (piece.size() > max_bytes - text.size())
      throw Error(ErrorCode::kCorruptData, fmt::format("fetch '{}': the answer is larger than {} bytes",
                                                       excerpt(parse_url(request.url).text(), 300), max_bytes));
    text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  };
  http_get(request, {.on_head = require_whole, .on_body = append});
  return text;
}

void set_user_agent(std::string text) { user_agent() = std::move(text); }

}  // namespace vitrine::net
