/* See mail_address.h. */
#include "event/mail_address.h"

enum { ADDRESS_MAX = 254, LOCAL_MAX = 64, LABEL_MAX = 63, NAME_MAX_BYTES = 100 };

static bool is_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_local(struct str s) {
    if (s.len == 0 || s.len > LOCAL_MAX || s.ptr[0] == '.' || s.ptr[s.len - 1] == '.') return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '.' && s.ptr[i - 1] == '.') return false;
        if (!is_alnum(s.ptr[i]) && (s.ptr[i] <= ' ' || !strchr("!#$%&'*+-/=?^_`{|}~.", s.ptr[i])))
            return false;
    }
    return true;
}

static bool is_label(struct str s) {
    if (s.len == 0 || s.len > LABEL_MAX || s.ptr[0] == '-' || s.ptr[s.len - 1] == '-') return false;
    for (size_t i = 0; i < s.len; i++)
        if (!is_alnum(s.ptr[i]) && s.ptr[i] != '-') return false;
    return true;
}

static bool is_domain(struct str s) {
    struct str rest = s, label;
    for (bool more = true; more;) {
        more = str_split(&rest, '.', &label);
        if (!is_label(label)) return false;
    }
    return true;
}

bool mail_address_is_valid(struct str address) {
    struct str rest = address, local;
    return address.len <= ADDRESS_MAX && str_split(&rest, '@', &local) && is_local(local) &&
           is_domain(rest);
}

struct str mail_address_domain(struct str address) {
    struct str rest = address, local;
    return str_split(&rest, '@', &local) ? rest : STR_NONE;
}

bool mail_sender_parse(struct str sender, struct str *ret_name, struct str *ret_address) {
    struct str rest = str_trim(sender), name;
    *ret_name = STR_NONE;
    *ret_address = rest;
    if (!str_split(&rest, '<', &name)) return mail_address_is_valid(*ret_address);
    if (rest.len < 2 || rest.ptr[rest.len - 1] != '>') return false;
    *ret_name = str_trim(name);
    *ret_address = str_make(rest.ptr, rest.len - 1);
    for (size_t i = 0; i < ret_name->len; i++)
        if ((unsigned char)ret_name->ptr[i] < ' ') return false;
    return ret_name->len <= NAME_MAX_BYTES && mail_address_is_valid(*ret_address);
}

bool mail_domain_is_listed(struct str domains, struct str address) {
    struct str rest = domains, one;
    for (bool more = rest.len > 0; more;) {
        more = str_split(&rest, ',', &one);
        if (str_eq_nocase(str_trim(one), mail_address_domain(address))) return true;
    }
    return str_trim(domains).len == 0;
}
