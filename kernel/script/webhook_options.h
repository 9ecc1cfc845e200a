/* What a webhook was declared with: webhook("orders", { header = "X-Signature", ... }, function).
 *
 * How a request proves that it knows the secret, which of its headers the handler is told, whether
 * it is answered at once. Private to script/. Threads: read by any once it is made; texts live as
 * long as the state that declared it. */
#ifndef SCRIPT_WEBHOOK_OPTIONS_H
#define SCRIPT_WEBHOOK_OPTIONS_H

#include "script/state.h"

enum {
    SCRIPT_WEBHOOK_HEADERS_MAX = 20,
    SCRIPT_WEBHOOK_NAME_MAX = 40,
    SCRIPT_WEBHOOK_PARTS_MAX = 9 /* of what is signed */
};

struct script_webhook {
    bool is_token;  /* the header holds the secret itself, not a signature */
    bool is_base64; /* signatures are base64, else hex */
    struct str label[LANGUAGE_COUNT];
    struct str header, prefix;
    struct str part;      /* the header is a list "t=..,v1=..": which of it; empty = all of it */
    struct str timestamp; /* a header, with `part` another of its parts; empty = none is signed */
    struct str delivery;  /* the header that names a delivery; empty = none */
    int64_t tolerance_ms; /* how far the timestamp may be from the present */
    int64_t answer_ms;    /* processor time of a handler whose result is the answer; 0 = queued */
    int64_t per_minute;
    struct str signed_parts[SCRIPT_WEBHOOK_PARTS_MAX]; /* ptr NULL, len 0: the timestamp; len 1: the
                                                          body */
    size_t signed_count;
    struct str headers[SCRIPT_WEBHOOK_HEADERS_MAX];
    size_t header_count;
};

/* What a hook is taken to be of which nothing was said; for those that are not there, too. */
extern const struct script_webhook script_webhook_default;
/* Small Latin letters, digits and _, at most 40. */
bool script_webhook_name_fits(struct str name);
/* The options in the table at `index` (0: none), in the state's arena. Raises for what is wrong. */
const struct script_webhook *l_webhook_options(lua_State *L, struct script_state *s, int index);

#endif
