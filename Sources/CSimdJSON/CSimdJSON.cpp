#include "CSimdJSON.h"

#include <new>
#include <simdjson.h>
#include <string.h>
#include <vector>

namespace {

constexpr uint64_t payload_mask = 0x00FFFFFFFFFFFFFFULL;

inline char type_of(uint64_t word) { return static_cast<char>(word >> 56); }

} // namespace

struct provender_json_parser {
  simdjson::dom::parser parser;
  size_t depth;
  simdjson::error_code error = simdjson::SUCCESS;
  std::vector<uint32_t> spans;
};

namespace {

/// Walks the tape and the structural offsets in step: every value and key on the tape owns one
/// structural character, colons and commas own none on the tape. False if containers are nested too
/// deep: simdjson does not count an empty one.
bool locate(provender_json_parser &parser, const uint8_t *bytes) {
  uint64_t *tape = parser.parser.doc.tape.get();
  const uint32_t *structural = parser.parser.implementation->structural_indexes.get();
  const size_t end = static_cast<size_t>(tape[0] & payload_mask);
  const bool listed = end > 1 && type_of(tape[1]) == '[';
  size_t depth = 0;
  parser.spans.clear();
  for (size_t index = 1; index + 1 < end; index++) {
    uint32_t offset = *structural++;
    while (bytes[offset] == ',' || bytes[offset] == ':') {
      offset = *structural++;
    }
    const char type = type_of(tape[index]);
    const bool element = listed && depth == 1;
    switch (type) {
    case '{':
    case '[':
      if (element) {
        parser.spans.push_back(offset);
      }
      depth++;
      if (depth > parser.depth) {
        return false;
      }
      break;
    case '}':
    case ']':
      depth--;
      if (listed && depth == 1) {
        parser.spans.push_back(offset + 1);
      }
      break;
    case 'l':
    case 'u':
    case 'd':
      tape[index] = (tape[index] & ~payload_mask) | offset;
      index++;
      [[fallthrough]];
    default:
      if (element) {
        parser.spans.push_back(offset);
        parser.spans.push_back(offset + 1);
      }
    }
  }
  return true;
}

int32_t outcome(simdjson::error_code error) {
  switch (error) {
  case simdjson::SUCCESS:
    return PROVENDER_JSON_OK;
  case simdjson::MEMALLOC:
    return PROVENDER_JSON_NO_MEMORY;
  case simdjson::CAPACITY:
    return PROVENDER_JSON_TOO_LONG;
  case simdjson::DEPTH_ERROR:
    return PROVENDER_JSON_TOO_DEEP;
  default:
    return PROVENDER_JSON_MALFORMED;
  }
}

} // namespace

provender_json_parser *provender_json_create(size_t depth) {
  return new (std::nothrow) provender_json_parser{simdjson::dom::parser{}, depth};
}

void provender_json_destroy(provender_json_parser *parser) { delete parser; }

int32_t provender_json_parse(provender_json_parser *parser, const uint8_t *bytes, size_t length,
                             provender_json_view *view) try {
  // simdjson refuses when the depth reaches its limit, we when it passes ours.
  const size_t depth = parser->depth + 1;
  if (parser->parser.capacity() < length || parser->parser.max_depth() != depth) {
    // Growing by a quarter more than asked keeps batches of like size from growing it again.
    const size_t wanted = length < 16384 ? 16384 : length + length / 4;
    parser->error = parser->parser.allocate(wanted, depth);
    if (parser->error != simdjson::SUCCESS) {
      return outcome(parser->error);
    }
  }
  parser->error = parser->parser.parse(bytes, length, false).error();
  if (parser->error != simdjson::SUCCESS) {
    return outcome(parser->error);
  }
  if (!locate(*parser, bytes)) {
    parser->error = simdjson::DEPTH_ERROR;
    return outcome(parser->error);
  }
  view->tape = parser->parser.doc.tape.get();
  view->tape_words = static_cast<size_t>(view->tape[0] & payload_mask);
  view->strings = parser->parser.doc.string_buf.get();
  view->spans = parser->spans.data();
  view->span_count = parser->spans.size() / 2;
  return PROVENDER_JSON_OK;
} catch (const std::bad_alloc &) {
  parser->error = simdjson::MEMALLOC;
  return PROVENDER_JSON_NO_MEMORY;
}

const char *provender_json_message(const provender_json_parser *parser) {
  return simdjson::error_message(parser->error);
}
