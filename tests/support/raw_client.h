// A client of HTTP that sends any bytes, for tests of the server.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace vitrine::testing {

class RawClient {
 public:
  explicit RawClient(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    is_connected_ = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool is_connected() const { return is_connected_; }
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }
  /// Reads until a text is there, or the other side ends.
  std::string read_until(std::string_view text) {
    while (received_.find(text) == std::string::npos && receive()) {
    }
    return received_;
  }
  std::string read_to_end() {
    while (receive()) {
    }
    return received_;
  }
  /// One response with a Content-Length; what came behind it stays.
  std::string read_response() {
    const std::string head = read_until("\r\n\r\n");
    const size_t body = head.find("\r\n\r\n");
    if (body == std::string::npos) return std::exchange(received_, {});
    const size_t length = head.find("Content-Length: ");
    const size_t bytes = length < body ? std::stoul(head.substr(length + 16)) : 0;
    while (received_.size() < body + 4 + bytes && receive()) {
    }
    const std::string response = received_.substr(0, body + 4 + bytes);
    received_.erase(0, body + 4 + bytes);
    return response;
  }
  /// Sends no more, and goes on to listen.
  void end_input() const { shutdown(socket_, SHUT_WR); }
  /// Leaves without a goodbye: the other side gets a reset.
  void reset() {
    const linger none{.l_onoff = 1, .l_linger = 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close();
  }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

 private:
  bool receive() {
    char bytes[16384];
    const ssize_t count = recv(socket_, bytes, sizeof bytes, 0);
    if (count > 0) received_.append(bytes, static_cast<size_t>(count));
    return count > 0;
  }

  int socket_;
  bool is_connected_ = false;
  std::string received_;
};

/// The status of a response, or 0.
inline int status_of(const std::string& response) {
  return response.starts_with("HTTP/1.1 ") ? std::stoi(response.substr(9, 3)) : 0;
}
inline std::string body_of(const std::string& response) {
  const size_t at = response.find("\r\n\r\n");
  return at == std::string::npos ? "" : response.substr(at + 4);
}

}  // namespace vitrine::testing
