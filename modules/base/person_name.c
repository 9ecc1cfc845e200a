/* Splitting names. Works on words and known endings; what it cannot know (double surnames without a
 * hyphen) it leaves in the first name. */
#include "person_name.h"

enum { WORDS_MAX = 8 };

static size_t words_of(struct crm_str text, struct crm_str *ret) {
    size_t count = 0, at = 0;
    while (at < text.len && count < WORDS_MAX) {
        while (at < text.len && text.ptr[at] == ' ')
            at++;
        size_t start = at;
        while (at < text.len && text.ptr[at] != ' ')
            at++;
        if (count == WORDS_MAX - 1) at = text.len;
        if (at > start) ret[count++] = crm_str_make(text.ptr + start, at - start);
    }
    while (count > 0 && ret[count - 1].len > 0 && ret[count - 1].ptr[ret[count - 1].len - 1] == ' ')
        ret[count - 1].len--;
    return count;
}

/* U+0400..U+04FF: lead bytes D0..D3 (RFC 3629). */
static bool is_cyrillic(struct crm_str text) {
    return text.len > 1 && (uint8_t)text.ptr[0] >= 0xD0 && (uint8_t)text.ptr[0] <= 0xD3;
}

static bool ends_with(struct crm_str text, const char *ending) {
    size_t len = strlen(ending);
    return text.len > len && memcmp(text.ptr + text.len - len, ending, len) == 0;
}

static bool is_patronymic(struct crm_str word) {
    static const char *const endings[] = {"вич", "ьич", "мич", "вна", "чна", "оглы", "кызы"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (ends_with(word, endings[i])) return true;
    return false;
}

static struct crm_str join(struct crm_str from, struct crm_str to) {
    return crm_str_make(from.ptr, (size_t)(to.ptr + to.len - from.ptr));
}

void person_name_split(struct crm_str whole, bool last_first, struct person_name *ret) {
    struct crm_str words[WORDS_MAX];
    size_t count = words_of(whole, words);
    memset(ret, 0, sizeof *ret);
    if (count == 0) return;
    if (count == 1) {
        ret->last = words[0];
        return;
    }
    if (count == 3 && is_cyrillic(words[1]) &&
        is_patronymic(words[1])) { /* first patronymic last */
        *ret = (struct person_name){.last = words[2], .first = words[0], .middle = words[1]};
        return;
    }
    if (last_first || (count == 3 && is_cyrillic(words[2]) && is_patronymic(words[2]))) {
        ret->last = words[0];
        ret->first = words[1];
        if (count > 2) ret->middle = join(words[2], words[count - 1]);
        return;
    }
    ret->last = words[count - 1];
    ret->first = join(words[0], words[count - 2]);
}

bool person_name_is_whole(struct crm_str text) {
    struct crm_str words[WORDS_MAX];
    size_t count = words_of(text, words);
    if (count != 2 && count != 3) return false;
    for (size_t i = 0; i < count; i++)
        if (!is_cyrillic(words[i])) return false;
    return true;
}
