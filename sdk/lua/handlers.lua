---@meta
-- What happens: before, after, schedule, action, webhook, and the table `crm` that handlers work with. See perigee.lua.

------------------------------------------------------------------------------------------ handlers --

---A record. Fields by name: texts, integers, booleans as they are; decimals as numbers; money as
---{ amount, currency }; dates as "2026-11-21"; times in ms; references as records; lists as tables.
---@class perigee.Record
---@field id perigee.Id
---@field [string] any

---@class perigee.Change
---@field verb "create"|"update"|"delete"|"restore"|"purge"
---@field before? perigee.Record as it was; nil when it is created
---@field door string
local change = {}
---@param field string
---@return boolean
function change:changed(field) end

---@class perigee.Event
---@field name string
---@field at integer ms
---@field seq integer
---@field position integer
---@field entity? string
---@field verb? string
---@field record? perigee.Record as it is now
---@field before? perigee.Record
---@field after? perigee.Record
---@field changed? table<string, true>
---@field actor? perigee.Record the user who did it
---@field data? any of an event that code emitted

---Part of saving: may set fields, write other records into the same changeset, or refuse.
---@param entity string
---@param options { serial?: boolean }
---@param handler fun(record: perigee.Record, change: perigee.Change)
---@overload fun(entity: string, handler: fun(record: perigee.Record, change: perigee.Change))
function before(entity, options, handler) end

---After the commit, as a job, once: "deal.created", ".updated", ".deleted", ".restored", ".stage.changed",
---"deal.amount.changed", or a name given to crm.emit.
---@param event string
---@param options { when?: perigee.Expression }
---@param handler fun(event: perigee.Event)
---@overload fun(event: string, handler: fun(event: perigee.Event))
function after(event, options, handler) end

---At times of the calendar, as cron writes them: "0 9 * * 1-5". Or by a date or time of each record,
---"policy.ends_on": `before = "3 days"` or `after = "2 weeks"`, at `at` o'clock of the company ("9:00"
---unless said otherwise), each year with `yearly`, where `when` holds. Each record comes once for each
---moment, also after a standstill. Minutes and hours go by the minute and need a time.
---@param times string
---@param options { zone?: "company"|"utc", before?: string, after?: string, at?: string, yearly?: boolean, when?: perigee.Expression }
---@param handler fun(record?: perigee.Record, due?: string|integer)
---@overload fun(times: string, handler: fun(record?: perigee.Record, due?: string|integer))
function schedule(times, options, handler) end

---Something that a person asks for on records: listed in meta, run by POST records/ENTITY/actions/NAME with the
---person's rights. `form` has fields as entities do (text, long_text, integer, decimal, money, boolean, date,
---time, choice, ref); `roles` may ask for it, without them whoever reads the records.
---@param entity string
---@param name string
---@param options { label?: perigee.Text, help?: perigee.Text, icon?: string, form?: table<string, perigee.Field>, when?: perigee.Expression, roles?: string|string[] }
---@param handler fun(records: perigee.Record[], form: table): any
---@overload fun(entity: string, name: string, handler: fun(records: perigee.Record[], form: table): any)
function action(entity, name, options, handler) end

---What other programs tell by POST hooks/OWNER/NAME, once an administrator has given the webhook a secret and a
---user, whose rights its runs have. `verify`: a signature over the raw body, or a header that holds the secret.
---@class perigee.Webhook
---@field label? perigee.Text
---@field verify? "hmac_sha256"|"token"
---@field header? string of the signature or token: "X-Signature", "X-Webhook-Token" unless said otherwise
---@field prefix? string in front of the signature or token: "sha256=", "Bearer "
---@field part? string the header is a list "t=1,v1=..": which of it is the signature
---@field encoding? "hex"|"base64" of the signature
---@field timestamp? string header with a moment that is signed, too; with `part` another of its parts
---@field tolerance? integer seconds that the moment may be away (300)
---@field signed? string what is signed: "{body}", with a timestamp "{timestamp}.{body}"
---@field delivery? string header that names a delivery: each is run once
---@field headers? string[] which headers the handler is told, up to 20
---@field answer_ms? integer the handler's result is the answer, within this processor time (to 5,000); else it is a job
---@field per_minute? integer requests taken, to 6,000 (600)

---@class perigee.WebhookCall
---@field name string
---@field at integer ms
---@field type string of the body
---@field body string as it came
---@field json? any of a body that is JSON
---@field delivery? string
---@field headers table<string, string> of those asked for, the ones that came, spelled as asked for

---@param name string small Latin letters, digits, _
---@param options perigee.Webhook
---@param handler fun(call: perigee.WebhookCall): any
---@overload fun(name: string, handler: fun(call: perigee.WebhookCall): any)
function webhook(name, options, handler) end

---Draws a view that has a slot: returns one piece or a list of them (sdk/doc/extensions.md). What it would write is not written.
---@param view string
---@param handler fun(record: perigee.Record?, parameters: table): table
function draw(view, handler) end

---------------------------------------------------------------------------------------------- crm ---

---@class perigee.Query
local query = {}

---Conditions add up; each ? takes the next value, outside of quotes.
---@param condition perigee.Expression
---@param ... string|number|boolean|perigee.Record|nil
---@return perigee.Query
function query:where(condition, ...) end

---@param ... perigee.Expression keys of figures: "stage", "month(closed_on)"
---@return perigee.Query
function query:group(...) end

---@param name string
---@param expression perigee.Expression "count()", "sum(amount)"
---@return perigee.Query
function query:measure(name, expression) end

---@param ... string "-amount" for descending order; of figures: a grouped text or the name of a measure
---@return perigee.Query
function query:sort(...) end

---@param count integer 1 to 10,000
---@return perigee.Query
function query:limit(count) end

---Records (1,000 unless limited), or rows of figures.
---@return perigee.Record[]|table[]
function query:rows() end

---@return perigee.Record|table|nil
function query:first() end

---Page by page; the walk ends when the function returns false.
---@param fn fun(row: perigee.Record|table): boolean?
---@return integer how many
function query:each(fn) end

---@return integer
function query:count() end

---@class perigee.crm
---@field null lightuserdata empties a field in a table of fields
crm = {}

---The moment of the run, in ms.
---@return integer
function crm.now() end

---The day in the company's zone.
---@return string
function crm.today() end

---The user on whose behalf this runs; nil for the system.
---@return perigee.Record?
function crm.me() end

---Ends a before-handler: the change is refused.
---@param field string
---@param message perigee.Text
---@overload fun(message: perigee.Text)
function crm.refuse(field, message) end

---The text in the actor's language.
---@param message perigee.Text
---@return string
function crm.t(message) end

---Into the run's effects.
---@param ... any
function crm.log(...) end

---nil when it is missing or may not be seen.
---@param entity string
---@param id perigee.Id|perigee.Record
---@return perigee.Record?
function crm.get(entity, id) end

---@param entity string
---@return perigee.Query
function crm.query(entity) end

---Writes of a run are one changeset, done when it ends well; in a before-handler they join the plan.
---@param entity string
---@param fields table<string, any>
---@return perigee.Id
function crm.create(entity, fields) end

---@param record perigee.Record
---@param fields table<string, any>
---@overload fun(entity: string, id: perigee.Id, fields: table<string, any>)
function crm.update(record, fields) end

---Into the trash.
---@param record perigee.Record
---@overload fun(entity: string, id: perigee.Id)
function crm.delete(record) end

---@param record perigee.Record
---@overload fun(entity: string, id: perigee.Id)
function crm.restore(record) end

---Tells the handlers of this name, after the commit.
---@param name string
---@param data? any
function crm.emit(name, data) end

---Tells a person something: in their bell, live, and about a record only as long as they may see it. In handlers
---that run as the system: after, schedule.
---@param user perigee.Record|perigee.Id
---@param text string|{ kind: string, text?: string, about?: perigee.Record, actor?: perigee.Record, key?: string } `key`: once for ever
---@param record? perigee.Record
function crm.notify(user, text, record) end

---What this plugin or script keeps from one run to the next, done with the run's changeset: any plain value up
---to 64 KB; nil lets it go. With `seconds` it goes by itself. Not in a before-handler.
---@param key string
---@param value any
---@param seconds? integer
function crm.keep(key, value, seconds) end

---What was kept under the key; nil when nothing is.
---@param key string
---@return any
function crm.kept(key) end

---True the first time in the period, by the company's calendar; false after that. Not in a before-handler.
---@param key string
---@param period? "day"|"week"|"month"|"quarter"|"year"|"ever" "ever" unless said otherwise
---@return boolean
function crm.once(key, period) end

---A request to another program, sent after the commit as a job: to public addresses on ports 80 and 443, and to
---what the operator has named in `http_allowed`; no redirect is followed. `json` is the body with its content type.
---The answer is told as the event `event`: `data = { status, type, body, cut, failure }`. Tried again, up to five
---times, when nobody answers; each attempt carries the same Idempotency-Key. Not in a before-handler.
---@param request { url: string, method?: "GET"|"POST"|"PUT"|"PATCH"|"DELETE"|"HEAD", body?: string, json?: any, headers?: table<string, string>, event?: string }
function crm.http(request) end

---A mail to one or up to 50 addresses, or to records with e-mails, put into the queue with the run's changeset.
---`{{name}}` and `{{organization.name}}` in subject, text and html are filled in: from `values`, then from the fields
---of `about` as the actor sees them; in html escaped. Texts may be `{ en = ..., ru = ... }`: `language` chooses, else
---the language of the user it goes to, else the company's. Not in a before-handler.
---@param mail { to: string|perigee.Record|(string|perigee.Record)[], subject: perigee.Text, text?: perigee.Text, html?: perigee.Text, about?: perigee.Record, values?: table<string, any>, language?: "en"|"ru", reply_to?: string, attachments?: perigee.Record[] }
function crm.mail(mail) end

---Calls the function; when it fails its writes are taken back. In a before-handler a failure after a
---write to another record goes on.
---@param fn function
---@param ... any
---@return boolean, any
function crm.try(fn, ...) end

---In tests: writes what the test has asked for, and waits until everything that hears of it has run.
function crm.settle() end

---In files of tests (`perigee test`): a run of its own, as the system.
---@param name string
---@param body fun()
function test(name, body) end

---In tests: both are the same by value.
---@param found any
---@param wanted any
function equal(found, wanted) end

---In tests: what the function writes is refused; the words.
---@param body fun()
---@return string
function refused(body) end
