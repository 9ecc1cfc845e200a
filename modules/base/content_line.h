/* Lines of vCards and calendars as RFC 6350 and RFC 5545 write them alike: NAME;PARAM=x:value,
 * texts escaped, folded at 75 octets without cutting a character, ended by CRLF. Threads: any; the
 * caller owns both buffers. */
#ifndef MODULES_BASE_CONTENT_LINE_H
#define MODULES_BASE_CONTENT_LINE_H

#include <crm/base.h>

struct content_line {
    const struct crm_base *base;
    struct crm_buf *line; /* the line at hand, unfolded */
    struct crm_buf *out;
};

/* `name` with its parameters, without the colon; bytes as they stand. */
void content_line_begin(struct content_line *l, const char *name);
/* As it stands: separators of parts, dates, numbers. Breaks of lines and controls are left out. */
void content_line_raw(struct content_line *l, struct crm_str bytes);
/* A text: backslash, semicolon, comma and line break escaped. */
void content_line_text(struct content_line *l, struct crm_str text);
void content_line_end(struct content_line *l);
/* name:value in one. */
void content_line_put(struct content_line *l, const char *name, struct crm_str text);

#endif
