/* What went wrong, for people and for programs, in the caller's language.
 *
 * A message is a constant `struct err_text` with a stable code and a template for each language;
 * {0} {1} ... stand for arguments, which the error copies (cut at ERR_ARGS_BYTES). Each folder
 * keeps its texts in one X-macro file <folder>/messages.h. A layer adds where-it-was (entity,
 * field, definition file and line) once; libraries never log, the boundary does.
 *
 * Storage is the caller's, usually the stack; nothing to free. Threads: one at a time. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <crm/status.h>

#include "base/buf.h"

enum { ERR_ARGS_MAX = 6, ERR_ARGS_BYTES = 768, ERR_NAME_BYTES = 64, ERR_WHERE_BYTES = 192 };

enum language { LANGUAGE_EN, LANGUAGE_RU, LANGUAGE_COUNT };

struct err_text {
    const char *code; /* snake_case, stable: problem "code" */
    const char *text[LANGUAGE_COUNT];
};

/* Declares the texts of a folder:
 *     #define MY_TEXTS(X) X(unknown_field, "There is no field {0} in {1}.", "...")
 *     #define MY_TEXT(name, en, ru) ERR_TEXT_ITEM_(my_, name, en, ru)
 *     MY_TEXTS(MY_TEXT)
 * gives `static const struct err_text my_unknown_field` with the code "unknown_field". */
#define ERR_TEXT_ITEM_(prefix, name, en, ru)                                                       \
    static const struct err_text prefix##name __attribute__((unused)) = {#name, {en, ru}};

struct err {
    crm_status status;
    struct err_text text; /* copied: its strings are constants or live in `store` */
    uint16_t arg_at[ERR_ARGS_MAX];
    uint16_t arg_len[ERR_ARGS_MAX];
    uint8_t arg_count;
    uint16_t store_used;
    uint32_t column; /* 1-based place in an expression or row, 0 = none */
    char entity[ERR_NAME_BYTES];
    char field[ERR_NAME_BYTES];
    char where[ERR_WHERE_BYTES]; /* "order.lua:12", "row 7", "script renewals v3:41" */
    char cause[ERR_WHERE_BYTES]; /* technical, logged, never shown to clients */
    char store[ERR_ARGS_BYTES];
};

void err_clear(struct err *e);
/* Copies; what points into the source's store points into the copy's. */
void err_copy(struct err *to, const struct err *from);
/* Fills `e` (may be NULL; need not be initialised) anew and returns `status`, so that `return
 * err_set(...)` reads well. Arguments are `struct str *`-free: pass NUL-terminated text, closed by
 * NULL. */
crm_status err_set(struct err *e, crm_status status, const struct err_text *text, ...)
    __attribute__((sentinel));
/* The same with counted arguments. */
crm_status err_set_args(struct err *e, crm_status status, const struct err_text *text,
                        const struct str *args, size_t arg_count);
/* Same, with a message that lives only now (a rule's own wording, a handler's refusal): copied. */
crm_status err_set_dynamic(struct err *e, crm_status status, struct str code,
                           const struct str message[LANGUAGE_COUNT]);
/* Places: each keeps what is there already when called twice (innermost wins). */
void err_at_entity(struct err *e, struct str entity);
void err_at_field(struct err *e, struct str field);
void err_at(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
void err_because(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The sentence, with arguments filled in; falls back to English. */
void err_format(const struct err *e, enum language language, struct buf *out);
/* Shorthands used everywhere. */
crm_status err_no_memory(struct err *e);
crm_status err_internal(struct err *e, const char *cause_format, ...)
    __attribute__((format(printf, 2, 3)));
int crm_status_http(crm_status status);
const char *crm_status_word(crm_status status);
enum language language_find(struct str tag); /* "ru-RU" -> LANGUAGE_RU; unknown -> LANGUAGE_EN */
const char *language_tag(enum language language);

/* The static analyzer reads one source at a time: here it learns that none of these gives CRM_OK.
 */
#if defined(__clang_analyzer__) && !defined(ERR_SOURCE)
#define err_failed_(status)          ((status) == CRM_OK ? CRM_INTERNAL : (status))
#define err_set(e, status, ...)      (err_set(e, status, __VA_ARGS__), err_failed_(status))
#define err_set_args(e, status, ...) (err_set_args(e, status, __VA_ARGS__), err_failed_(status))
#define err_set_dynamic(e, status, ...)                                                            \
    (err_set_dynamic(e, status, __VA_ARGS__), err_failed_(status))
#define err_no_memory(e)     (err_no_memory(e), CRM_NO_MEMORY)
#define err_internal(e, ...) (err_internal(e, __VA_ARGS__), CRM_INTERNAL)
#endif

#endif
