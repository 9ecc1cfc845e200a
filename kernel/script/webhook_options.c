/* Reading the options of a webhook. See webhook_options.h. Functions l_... raise and own nothing.
 */
#include "script/webhook_options.h"

#include <lauxlib.h>

#include "script/messages.h"

#define BODY      ((struct str){NULL, 1})
#define TIMESTAMP ((struct str){NULL, 0})

enum {
    HEADER_BYTES = 60,
    LITERAL_BYTES = 60,
    TOLERANCE_S = 300,
    TOLERANCE_MAX_S = 3600,
    ANSWER_MAX_MS = 5000,
    PER_MINUTE = 600,
    PER_MINUTE_MAX = 6000
};

const struct script_webhook script_webhook_default = {.header = {"X-Signature", 11},
                                                      .tolerance_ms = TOLERANCE_S * 1000,
                                                      .per_minute = PER_MINUTE,
                                                      .signed_parts = {{NULL, 1}},
                                                      .signed_count = 1};

bool script_webhook_name_fits(struct str name) {
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_') return false;
    }
    return name.len > 0 && name.len <= SCRIPT_WEBHOOK_NAME_MAX;
}

__attribute__((noreturn)) static void needs(lua_State *L, const char *option, const char *wanted) {
    const struct str args[] = {str_from(option), str_from(wanted)};
    l_fail(L, &say_script_argument, args, 2);
}

static struct str kept(lua_State *L, struct script_state *s, struct str text) {
    struct str copy = arena_str(&s->arena, text);
    if (copy.ptr) return copy;
    struct err err;
    err_no_memory(&err);
    l_raise(L, &err);
}

static bool is_header(struct str name) {
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '-' && c != '_') return false;
    }
    return name.len > 0 && name.len <= HEADER_BYTES;
}

static bool is_printable(struct str text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < ' ' || text.ptr[i] > '~') return false;
    return text.len <= LITERAL_BYTES;
}

/* ---- one option -------------------------------------------------------------------------------
 */

static bool text_of(lua_State *L, struct script_state *s, int index, const char *key,
                    struct str *ret) {
    bool found = lua_getfield(L, index, key) != LUA_TNIL;
    if (found) *ret = kept(L, s, l_check_str(L, -1, key, "text"));
    lua_pop(L, 1);
    if (found && !is_printable(*ret)) needs(L, key, "at most 60 printable characters");
    return found;
}

static void header_of(lua_State *L, struct script_state *s, int index, const char *key,
                      struct str *ret) {
    if (text_of(L, s, index, key, ret) && !is_header(*ret))
        needs(L, key, "the name of a header, such as \"X-Signature\"");
}

static void number_of(lua_State *L, int index, const char *key, int64_t most, const char *wanted,
                      int64_t *ret) {
    if (lua_getfield(L, index, key) != LUA_TNIL) {
        int is_whole = 0;
        *ret = lua_tointegerx(L, -1, &is_whole);
        if (!is_whole || *ret < 1 || *ret > most) needs(L, key, wanted);
    }
    lua_pop(L, 1);
}

/* Whether it is the second of two words; `wanted` says both. */
static bool is_second(lua_State *L, int index, const char *key, const char *const words[2],
                      const char *wanted) {
    bool second = false;
    if (lua_getfield(L, index, key) != LUA_TNIL) {
        struct str text = l_check_str(L, -1, key, "text");
        second = str_is(text, words[1]);
        if (!second && !str_is(text, words[0])) needs(L, key, wanted);
    }
    lua_pop(L, 1);
    return second;
}

/* ---- several ----------------------------------------------------------------------------------
 */

static void check_known(lua_State *L, int index) {
    static const char *const known[] = {
        "label",     "verify",    "header",   "prefix",    "part",       "encoding", "signed",
        "timestamp", "tolerance", "delivery", "answer_ms", "per_minute", "headers"};
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        bool found = false;
        const char *key =
            lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : luaL_typename(L, -2);
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            found |= strcmp(key, known[i]) == 0;
        if (!found)
            l_fail(L, &say_script_option, (const struct str[]){STR("webhook"), str_from(key)}, 2);
    }
}

/* A text, or { en =, ru = }. */
static void read_label(lua_State *L, struct script_state *s, int index,
                       struct str label[LANGUAGE_COUNT]) {
    int type = lua_getfield(L, index, "label");
    if (type == LUA_TTABLE) {
        for (int i = 0; i < LANGUAGE_COUNT; i++) {
            if (lua_getfield(L, -1, language_tag((enum language)i)) != LUA_TNIL)
                label[i] = kept(L, s, l_check_str(L, -1, "label", "text"));
            lua_pop(L, 1);
        }
    } else if (type != LUA_TNIL) {
        label[LANGUAGE_EN] = kept(L, s, l_check_str(L, -1, "label", "text"));
    }
    lua_pop(L, 1);
}

static void read_headers(lua_State *L, struct script_state *s, int index,
                         struct script_webhook *w) {
    static const char wanted[] = "a list of at most 20 names of headers";
    if (lua_getfield(L, index, "headers") != LUA_TNIL) {
        if (!lua_istable(L, -1) || lua_rawlen(L, -1) > SCRIPT_WEBHOOK_HEADERS_MAX)
            needs(L, "headers", wanted);
        for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, -1); i++) {
            lua_rawgeti(L, -1, i);
            struct str name = l_check_str(L, -1, "headers", wanted);
            if (!is_header(name)) needs(L, "headers", wanted);
            w->headers[w->header_count++] = kept(L, s, name);
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
}

/* "v0:{timestamp}:{body}" in parts. */
static void split_signed(lua_State *L, struct script_webhook *w, struct str text) {
    static const char wanted[] =
        "\"{body}\" once, with a timestamp \"{timestamp}\" once in front of it, and little else";
    int bodies = 0, timestamps = 0;
    w->signed_count = 0;
    while (text.len) {
        size_t open = str_find(text, STR("{"));
        struct str literal = str_make(text.ptr, open == SIZE_MAX ? text.len : open);
        bool has_room = w->signed_count + 2 <= SCRIPT_WEBHOOK_PARTS_MAX;
        if (has_room && literal.len) w->signed_parts[w->signed_count++] = literal;
        text = str_make(text.ptr + literal.len, text.len - literal.len);
        bool is_body = str_starts_with(text, STR("{body}")),
             is_time = str_starts_with(text, STR("{timestamp}"));
        if (!has_room || (text.len && !is_body && !is_time)) needs(L, "signed", wanted);
        if (!text.len) break;
        w->signed_parts[w->signed_count++] = is_body ? BODY : TIMESTAMP;
        bodies += is_body;
        timestamps += is_time;
        size_t len = is_body ? sizeof "{body}" - 1 : sizeof "{timestamp}" - 1;
        text = str_make(text.ptr + len, text.len - len);
    }
    if (bodies != 1 || timestamps != (w->timestamp.len > 0)) needs(L, "signed", wanted);
}

static void read_proof(lua_State *L, struct script_state *s, int index, struct script_webhook *w) {
    static const char *const ways[] = {"hmac_sha256", "token"}, *const codings[] = {"hex",
                                                                                    "base64"};
    struct str signed_text = STR_NONE;
    int64_t tolerance_s = TOLERANCE_S;
    w->is_token = is_second(L, index, "verify", ways, "\"hmac_sha256\" or \"token\"");
    w->is_base64 = is_second(L, index, "encoding", codings, "\"hex\" or \"base64\"");
    if (w->is_token) w->header = STR("X-Webhook-Token");
    header_of(L, s, index, "header", &w->header);
    (void)text_of(L, s, index, "prefix", &w->prefix);
    (void)text_of(L, s, index, "part", &w->part);
    header_of(L, s, index, "timestamp", &w->timestamp);
    header_of(L, s, index, "delivery", &w->delivery);
    number_of(L, index, "tolerance", TOLERANCE_MAX_S, "1 to 3,600 seconds", &tolerance_s);
    w->tolerance_ms = tolerance_s * 1000;
    bool is_said = text_of(L, s, index, "signed", &signed_text);
    if (w->is_token && (w->part.len || w->timestamp.len || is_said))
        needs(L,
              w->part.len        ? "part"
              : w->timestamp.len ? "timestamp"
                                 : "signed",
              "verify = \"hmac_sha256\": a token signs nothing");
    if (!is_said) signed_text = w->timestamp.len ? STR("{timestamp}.{body}") : STR("{body}");
    split_signed(L, w, signed_text);
}

const struct script_webhook *l_webhook_options(lua_State *L, struct script_state *s, int index) {
    struct script_webhook *w = ARENA_NEW(&s->arena, struct script_webhook);
    if (!w) {
        struct err err;
        err_no_memory(&err);
        l_raise(L, &err);
    }
    *w = script_webhook_default;
    if (!index) return w;
    check_known(L, index);
    read_label(L, s, index, w->label);
    read_proof(L, s, index, w);
    read_headers(L, s, index, w);
    number_of(L, index, "answer_ms", ANSWER_MAX_MS, "1 to 5,000 milliseconds", &w->answer_ms);
    number_of(L, index, "per_minute", PER_MINUTE_MAX, "1 to 6,000 requests", &w->per_minute);
    return w;
}
