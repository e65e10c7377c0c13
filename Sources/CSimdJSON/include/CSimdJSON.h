#ifndef PROVENDER_CSIMDJSON_H
#define PROVENDER_CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes that must be readable behind every buffer given to `provender_json_parse`.
#define PROVENDER_JSON_PADDING 64

/// One reusable parser; not to be used by two threads at once.
typedef struct provender_json_parser provender_json_parser;

/// The result of the last parse, valid until the next parse or the parser's end.
///
/// The tape is simdjson's: a word holds a type character in its top 8 bits and a payload below.
/// `provender_json_parse` fills payload bits that simdjson leaves empty: a number's word (`l`, `u`,
/// `d`) holds the number's byte offset in the parsed buffer.
typedef struct provender_json_view {
  const uint64_t *tape;
  size_t tape_words;
  /// Each string: its length as a 32-bit integer in host order, the unescaped bytes, a zero byte.
  const uint8_t *strings;
  /// For each element of an outermost array: begin and end offset in the parsed buffer.
  const uint32_t *spans;
  size_t span_count;
} provender_json_view;

/// Outcomes of a parse. Only what a caller treats differently is told apart.
enum {
  PROVENDER_JSON_OK = 0,
  PROVENDER_JSON_NO_MEMORY = 1,
  PROVENDER_JSON_TOO_LONG = 2,
  PROVENDER_JSON_TOO_DEEP = 3,
  PROVENDER_JSON_MALFORMED = 4,
};

/// A parser that accepts at most `depth` nested containers, or null without memory.
provender_json_parser *provender_json_create(size_t depth);

void provender_json_destroy(provender_json_parser *parser);

/// Parses `length` bytes, behind which PROVENDER_JSON_PADDING more must be readable.
/// Returns one of the outcomes above and fills `view` on success.
int32_t provender_json_parse(provender_json_parser *parser, const uint8_t *bytes, size_t length,
                             provender_json_view *view);

/// What the library says about the last parse: a static string in English.
const char *provender_json_message(const provender_json_parser *parser);

/// Where a scan stands. Zero-initialised, it stands outside strings, at depth zero.
typedef struct provender_json_scan {
  /// Containers open now.
  int64_t depth;
  /// All ones inside a string, else zero.
  uint64_t in_string;
  /// One if the byte before the next was a backslash that escapes it.
  uint64_t escaped;
} provender_json_scan;

/// Follows strings and brackets until the depth falls to `floor`.
///
/// Returns the number of bytes consumed: up to and including the bracket that reached the floor,
/// or `length` if none did. Only complete strings hide brackets; nothing else is checked.
size_t provender_json_skip(provender_json_scan *scan, int64_t floor, const uint8_t *bytes,
                           size_t length);

#ifdef __cplusplus
}
#endif

#endif
