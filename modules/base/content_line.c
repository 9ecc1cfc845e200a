/* See content_line.h. */
#include "content_line.h"

enum { OCTETS_MAX = 75 };

static bool is_control(char c) { return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7F; }

void content_line_begin(struct content_line *l, const char *name) {
    l->base->buf_clear(l->line);
    l->base->buf_add(l->line, name, strlen(name));
    l->base->buf_add(l->line, ":", 1);
}

void content_line_raw(struct content_line *l, struct crm_str bytes) {
    for (size_t i = 0; i < bytes.len; i++)
        if (!is_control(bytes.ptr[i])) l->base->buf_add(l->line, bytes.ptr + i, 1);
}

void content_line_text(struct content_line *l, struct crm_str text) {
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_break = c == '\n' || c == '\r';
        if (c == '\r' && i + 1 < text.len && text.ptr[i + 1] == '\n') continue;
        if (is_control(c) && !is_break) continue;
        if (is_break)
            l->base->buf_add(l->line, "\\n", 2);
        else if (c == '\\' || c == ';' || c == ',')
            l->base->buf_add(l->line, "\\", 1);
        if (!is_break) l->base->buf_add(l->line, &c, 1);
    }
}

void content_line_end(struct content_line *l) {
    struct crm_str rest = l->base->buf_str(l->line);
    for (size_t room = OCTETS_MAX; rest.len > room; room = OCTETS_MAX - 1) {
        size_t cut = room;
        while (cut > 1 && ((unsigned char)rest.ptr[cut] & 0xC0) == 0x80)
            cut--;
        l->base->buf_add(l->out, rest.ptr, cut);
        l->base->buf_add(l->out, "\r\n ", 3);
        rest = crm_str_make(rest.ptr + cut, rest.len - cut);
    }
    l->base->buf_add(l->out, rest.ptr, rest.len);
    l->base->buf_add(l->out, "\r\n", 2);
}

void content_line_put(struct content_line *l, const char *name, struct crm_str text) {
    content_line_begin(l, name);
    content_line_text(l, text);
    content_line_end(l);
}
