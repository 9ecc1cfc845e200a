/* A person's calendar as a feed that other programs subscribe to: who reads it, by which address.
 *
 * The address holds a random token of 256 bits and opens this feed alone; of the token only the
 * SHA-256 is kept. A new address ends the old one. What the feed shows is what its owner may see at
 * the moment of reading; a person who is not active any more has none. Threads: the reader lane. */
#ifndef MODULES_BASE_FEED_H
#define MODULES_BASE_FEED_H

#include <crm/services.h>

crm_status feed_register(struct crm *crm, struct crm_error *err);

#endif
