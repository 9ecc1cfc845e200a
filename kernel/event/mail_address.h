/* Addresses of mail: local@domain in ASCII, as SMTP without extensions takes them. Threads: any. */
#ifndef EVENT_MAIL_ADDRESS_H
#define EVENT_MAIL_ADDRESS_H

#include "base/str.h"

bool mail_address_is_valid(struct str address);
/* "Name <a@b>" or "a@b"; borrowed. False when it is neither. */
bool mail_sender_parse(struct str sender, struct str *ret_name, struct str *ret_address);
struct str mail_address_domain(struct str address);
/* Whether "example.org, example.com" names its domain; an empty list names all. */
bool mail_domain_is_listed(struct str domains, struct str address);

#endif
