/* Errors: filling, placing and printing. Arguments and dynamic messages are cut to fit the error's
 * own store, at a character border, so that an error never allocates. */
#define ERR_SOURCE 1
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/messages.h"
#include "base/unicode.h"

void err_clear(struct err *e) {
    if (!e) return;
    e->status = CRM_OK;
    e->text = (struct err_text){NULL, {NULL, NULL}};
    e->arg_count = 0;
    e->store_used = 0;
    e->column = 0;
    e->entity[0] = e->field[0] = e->where[0] = e->cause[0] = e->store[0] = '\0';
}

static const char *moved(const char *text, const struct err *from, struct err *to) {
    if (!text || text < from->store || text >= from->store + sizeof from->store) return text;
    return to->store + (text - from->store);
}

void err_copy(struct err *to, const struct err *from) {
    if (to == from) return;
    *to = *from;
    to->text.code = moved(from->text.code, from, to);
    for (int i = 0; i < LANGUAGE_COUNT; i++)
        to->text.text[i] = moved(from->text.text[i], from, to);
}

/* Longest head of `s` within `room` bytes that does not cut a character. */
static size_t cut(struct str s, size_t room) {
    if (s.len <= room) return s.len;
    while (room > 0 && ((unsigned char)s.ptr[room] & 0xC0u) == 0x80u)
        room--;
    return room;
}

/* Copies into the store with a NUL behind; returns the length kept. */
static size_t keep(struct err *e, struct str s) {
    size_t room = sizeof e->store - e->store_used;
    if (room == 0) return 0;
    size_t len = cut(s, room - 1);
    if (len) memcpy(e->store + e->store_used, s.ptr, len);
    e->store[e->store_used + len] = '\0';
    e->store_used = (uint16_t)(e->store_used + len + (len + 1 < room ? 1 : 0));
    return len;
}

static void add_arg(struct err *e, struct str arg) {
    if (e->arg_count == ERR_ARGS_MAX) return;
    uint8_t at = e->arg_count++;
    e->arg_at[at] = e->store_used;
    e->arg_len[at] = (uint16_t)keep(e, arg);
}

crm_status err_set(struct err *e, crm_status status, const struct err_text *text, ...) {
    if (!e) return status;
    err_clear(e);
    e->status = status;
    e->text = *text;
    va_list args;
    va_start(args, text);
    for (const char *arg = va_arg(args, const char *); arg; arg = va_arg(args, const char *))
        add_arg(e, str_from(arg));
    va_end(args);
    return status;
}

crm_status err_set_args(struct err *e, crm_status status, const struct err_text *text,
                        const struct str *args, size_t arg_count) {
    if (!e) return status;
    err_clear(e);
    e->status = status;
    e->text = *text;
    for (size_t i = 0; i < arg_count; i++)
        add_arg(e, args[i]);
    return status;
}

crm_status err_set_dynamic(struct err *e, crm_status status, struct str code,
                           const struct str message[LANGUAGE_COUNT]) {
    if (!e) return status;
    err_clear(e);
    e->status = status;
    e->text.code = e->store;
    keep(e, str_make(code.ptr, cut(code, ERR_NAME_BYTES)));
    size_t share = (sizeof e->store - ERR_NAME_BYTES) / LANGUAGE_COUNT - 2;
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        if (message[i].len == 0) continue;
        e->text.text[i] = e->store + e->store_used;
        keep(e, str_make(message[i].ptr, cut(message[i], share)));
    }
    return status;
}

static void name_set(char *to, size_t size, struct str name) {
    if (to[0] != '\0') return;
    size_t len = cut(name, size - 1);
    if (len) memcpy(to, name.ptr, len);
    to[len] = '\0';
}

void err_at_entity(struct err *e, struct str entity) {
    if (e) name_set(e->entity, sizeof e->entity, entity);
}

void err_at_field(struct err *e, struct str field) {
    if (e) name_set(e->field, sizeof e->field, field);
}

static void place_set(char *to, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
static void place_set(char *to, const char *format, va_list args) {
    if (to[0] != '\0') return;
    int len = vsnprintf(to, ERR_WHERE_BYTES, format, args);
    if (len < ERR_WHERE_BYTES) return;
    size_t end = ERR_WHERE_BYTES - 1;
    while (end > 0 && utf8_valid(str_make(to, end)) == false && ERR_WHERE_BYTES - end < 5)
        end--;
    to[end] = '\0';
}

void err_at(struct err *e, const char *format, ...) {
    if (!e) return;
    va_list args;
    va_start(args, format);
    place_set(e->where, format, args);
    va_end(args);
}

void err_because(struct err *e, const char *format, ...) {
    if (!e) return;
    va_list args;
    va_start(args, format);
    place_set(e->cause, format, args);
    va_end(args);
}

void err_format(const struct err *e, enum language language, struct buf *out) {
    const char *text = (unsigned)language < LANGUAGE_COUNT ? e->text.text[language] : NULL;
    for (int i = 0; !text && i < LANGUAGE_COUNT; i++)
        text = e->text.text[i];
    if (!text) text = crm_status_word(e->status);
    const char *run = text;
    for (const char *at = text; *at;) {
        if (at[0] != '{' || at[1] < '0' || at[1] > '9' || at[2] != '}') {
            at++;
            continue;
        }
        buf_add(out, run, (size_t)(at - run));
        size_t index = (size_t)(at[1] - '0');
        if (index < e->arg_count) buf_add(out, e->store + e->arg_at[index], e->arg_len[index]);
        at += 3;
        run = at;
    }
    buf_add_cstr(out, run);
}

crm_status err_no_memory(struct err *e) { return err_set(e, CRM_NO_MEMORY, &base_no_memory, NULL); }

crm_status err_internal(struct err *e, const char *cause_format, ...) {
    err_set(e, CRM_INTERNAL, &base_internal, NULL);
    if (!e) return CRM_INTERNAL;
    va_list args;
    va_start(args, cause_format);
    place_set(e->cause, cause_format, args);
    va_end(args);
    return CRM_INTERNAL;
}

int crm_status_http(crm_status status) {
    switch (status) {
#define STATUS_HTTP(name, number, http, word)                                                      \
    case CRM_##name:                                                                               \
        return http;
        CRM_STATUSES(STATUS_HTTP)
#undef STATUS_HTTP
    }
    return 500;
}

const char *crm_status_word(crm_status status) {
    switch (status) {
#define STATUS_WORD(name, number, http, word)                                                      \
    case CRM_##name:                                                                               \
        return word;
        CRM_STATUSES(STATUS_WORD)
#undef STATUS_WORD
    }
    return "unknown";
}

static const char *const tags[LANGUAGE_COUNT] = {[LANGUAGE_EN] = "en", [LANGUAGE_RU] = "ru"};

enum language language_find(struct str tag) {
    size_t len = 0;
    while (len < tag.len && tag.ptr[len] != '-' && tag.ptr[len] != '_')
        len++;
    for (int i = 0; i < LANGUAGE_COUNT; i++)
        if (str_eq_nocase(str_make(tag.ptr, len), str_from(tags[i]))) return (enum language)i;
    return LANGUAGE_EN;
}

const char *language_tag(enum language language) {
    return (unsigned)language < LANGUAGE_COUNT ? tags[language] : tags[LANGUAGE_EN];
}
