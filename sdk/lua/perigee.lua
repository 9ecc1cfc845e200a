---@meta
-- What Perigee's Lua offers, for editors (LuaLS). Nothing here runs.
--
-- Definition files (entities/*.lua of modules and plugins) say what there is; handlers in the same files say what happens.
-- Each file is loaded once for its definitions and again in every state that runs handlers: it has no effects besides.

---@class perigee.Label
---@field en string
---@field ru? string

---@alias perigee.Text string | perigee.Label
---@alias perigee.Expression string an expression, such as "amount > 1000 and stage.kind == 'open'"
---@alias perigee.Money { amount: number|string, currency?: string, base?: number }
---@alias perigee.Id string

-------------------------------------------------------------------------------------------- fields --

---A field under construction; call it with a table to say more.
---@class perigee.Field
---@overload fun(options: perigee.FieldOptions): perigee.Field

---Not every type takes every option; what does not fit is an error with file and line.
---@class perigee.FieldOptions
---@field label? perigee.Text
---@field help? perigee.Text
---@field was? string the name before a rename
---@field required? boolean
---@field required_when? perigee.Expression
---@field visible_when? perigee.Expression
---@field read_only? boolean set by the system alone
---@field hidden? boolean not shown unless asked for
---@field unique? boolean among the living; texts compare folded
---@field search? boolean found by full-text search
---@field sort? boolean lists may be sorted by it quickly
---@field index? boolean filters by it are quick; references and choices are so without asking
---@field default? number|boolean|perigee.Expression texts are expressions: "'new'", "today()"
---@field max? integer characters of a text
---@field places? integer places shown of a decimal
---@field open? boolean choices: false = imports may not add values
---@field on_delete? "keep"|"clear"|"refuse"|"with" references: what happens when the record referred to goes
---@field by? string children, rollup: the reference field in the other entity
---@field of? string rollup: the other entity
---@field value? perigee.Expression rollup: a measure, such as "sum(amount, stage.kind == 'won')"
---@field scope? "system"|"viewer" rollup: kept for everybody, or reckoned under the viewer's rights
---@field rate_on? string money: the date field whose rate counts
---@field total_of? string money: a roll-up that the amount follows while it is not nothing
---@field timeline? boolean|"shows"|"shown" references: whose timeline joins whose
---@field timeline_of? boolean the same as timeline = "shown"
---@field gaps? boolean series: numbers may be missing
---@field fields? table<string, perigee.Field> links: what each link carries

---One line of text, up to 1,000 characters.
---@param options? perigee.FieldOptions
---@return perigee.Field
function text(options) end

---@param options? perigee.FieldOptions
---@return perigee.Field
function long_text(options) end

---@param options? perigee.FieldOptions
---@return perigee.Field
function integer(options) end

---Six places, exact.
---@param options? perigee.FieldOptions
---@return perigee.Field
function decimal(options) end

---@param options? perigee.FieldOptions
---@return perigee.Field
function money(options) end

---@param options? perigee.FieldOptions
---@return perigee.Field
function boolean(options) end

---@param options? perigee.FieldOptions
---@return perigee.Field
function date(options) end

---@param options? perigee.FieldOptions
---@return perigee.Field
function time(options) end

---One value of a directory: choice "industry".
---@param directory string
---@param options? perigee.FieldOptions
---@return perigee.Field
function choice(directory, options) end

---Several values of a directory.
---@param directory string
---@param options? perigee.FieldOptions
---@return perigee.Field
function choices(directory, options) end

---A record of one entity: ref "user".
---@param entity string
---@param options? perigee.FieldOptions
---@return perigee.Field
function ref(entity, options) end

---A record of any entity.
---@param options? perigee.FieldOptions
---@return perigee.Field
function ref_any(options) end

---Many to many: links "contact" { fields = { role = choice "contact_role" } }.
---@param entity string
---@param options? perigee.FieldOptions
---@return perigee.Field
function links(entity, options) end

---A list of texts with labels.
---@param options? perigee.FieldOptions
---@return perigee.Field
function labelled(options) end

---@param options? perigee.FieldOptions
---@return perigee.Field
function emails(options) end

---@param options? perigee.FieldOptions
---@return perigee.Field
function phones(options) end

---@param options? perigee.FieldOptions
---@return perigee.Field
function addresses(options) end

---@param options? perigee.FieldOptions
---@return perigee.Field
function messengers(options) end

---@param options? perigee.FieldOptions
---@return perigee.Field
function file(options) end

---Data that nobody filters by.
---@param options? perigee.FieldOptions
---@return perigee.Field
function json(options) end

---Stored when it reads only the record itself, else reckoned when it is read.
---@param expression perigee.Expression
---@param options? perigee.FieldOptions
---@return perigee.Field
function formula(expression, options) end

---A figure over the records that refer to this one.
---@param options perigee.FieldOptions
---@return perigee.Field
function rollup(options) end

---Records that belong to this one: children "deal_line" { by = "deal" }.
---@param entity string
---@param options? perigee.FieldOptions
---@return perigee.Field
function children(entity, options) end

---Numbers drawn one after the other.
---@param series string
---@param options? perigee.FieldOptions
---@return perigee.Field
function series(series, options) end

--------------------------------------------------------------------------------------- definitions --

---@class perigee.Rule
---@field when perigee.Expression when it is true the record is refused
---@field message perigee.Text
---@field refuse? string the field that the message belongs to
---@field code? string stable word for programs
---@field flag? boolean mark the record instead of refusing it

---Records are likely the same when all fields agree. Texts agree by their words in any order, without those to
---be ignored; with `digits` by their digits; of a labelled list one item is enough, phones by their last digits.
---@class perigee.DuplicateRule
---@field fields string[]
---@field score integer 1 to 100
---@field digits? boolean
---@field ignore? string[]

---@class perigee.Entity
---@field label? perigee.Text
---@field label_plural? perigee.Text
---@field icon? string
---@field title? string the field that stands for the record; "name" when there is one
---@field was? string the name before a rename
---@field fields? table<string, perigee.Field>
---@field rules? perigee.Rule[]
---@field duplicates? perigee.DuplicateRule[]
---@field pipeline? true | { closed?: string, since?: string, probability?: string } gives fields pipeline and stage
---@field open? perigee.Expression which records are still work to do, for handing over; else those in an open stage, or all
---@field timeline? { by: string|string[], at?: perigee.Expression } its records stand in timelines of those they refer to
---@field search? "words"|"substring"

---@param name string
---@return fun(definition: perigee.Entity)
function entity(name) end

---Adds fields and rules to an entity of somebody else.
---@param name string
---@return fun(definition: { fields?: table<string, perigee.Field>, rules?: perigee.Rule[], duplicates?: perigee.DuplicateRule[] })
function extend(name) end

---@class perigee.Item
---@field code string
---@field label? perigee.Text
---@field color? string
---@field active? boolean

---Stock values; what people change afterwards stays.
---@param name string
---@return fun(definition: { label?: perigee.Text, items?: (string|perigee.Item)[] })
function directory(name) end

---@class perigee.Stage
---@field name string
---@field label? perigee.Text
---@field kind? "open"|"won"|"lost"|"hold"
---@field probability? integer
---@field limit_days? integer

---A stock pipeline of an entity that has the `pipeline` facility.
---@param entity string
---@return fun(definition: { name: string, label?: perigee.Text, stages: perigee.Stage[] })
function pipeline(entity) end

---@alias perigee.Rows boolean|"own"|"team"|"tree"|"all"|perigee.Expression

---@class perigee.Grant
---@field read? perigee.Rows
---@field create? perigee.Rows
---@field update? perigee.Rows
---@field delete? perigee.Rows
---@field export? perigee.Rows
---@field hidden? string[] fields that do not exist for this role
---@field locked? string[] fields that it may read and not write
---@field only? string[] fields that exist for this role, no others

---A role of several owners is merged. "everyone" is what each role has; entities["*"] stands for every entity
---not named that is not the system's own.
---@param name string
---@return fun(definition: { label?: perigee.Text, admin?: boolean, entities?: table<string, perigee.Grant>, permissions?: string[] })
function role(name) end

---A figure that reports name: one measure of an entity, or a formula over other metrics.
---@class perigee.Metric
---@field label perigee.Text
---@field note? perigee.Text what it counts and what not, in a sentence
---@field owner? string who answers for the wording
---@field of? string the entity
---@field measure? string one aggregate without a condition: "sum(amount)", "count()", "median(days)"
---@field where? string which records count, an expression
---@field on? string the date or time by which they fall into a period
---@field formula? string over metrics, instead of the four above: "deals_won / deals_closed"
---@field unit? string "percent"|"days"|"hours"
---@field by? table<string, string> how this metric's records are parted by a dimension that knows them otherwise or not at all
---@field input? string instead of all that is counted: a number that readers may set ("0"), or "days", "days_gone", "days_left" of the period
---@field flag_above? string figures above this are marked: "0.2"

---@param name string
---@return fun(definition: perigee.Metric)
function metric(name) end

---What figures are grouped by: an expression for each entity that knows it, or a period.
---@class perigee.Dimension
---@field label perigee.Text
---@field of? string
---@field by? string|table<string, string> an expression over `of`, or one for each entity
---@field period? string "day"|"week"|"month"|"quarter"|"year" of the metric's `on`
---@field order? string a field of the reference that puts the rows in order: "position"
---@field labels? table<string, perigee.Text> of values that are neither references nor choices

---@param name string
---@return fun(definition: perigee.Dimension)
function dimension(name) end

---A table of metrics by dimensions.
---@class perigee.Report
---@field label perigee.Text
---@field help? perigee.Text the question that it answers
---@field group? string where it stands in the list: "sales"|"activity"|"customers"|"quality"
---@field measures string|string[] metrics
---@field rows? string|string[] dimensions
---@field columns? string|string[] dimensions across
---@field where? string|table<string, string> an expression, or one for each entity
---@field period? string the period taken when none is asked for: "this_year", "last_quarter", "all"
---@field compare? string "previous"|"year_before"
---@field filters? string|string[] dimensions by which the reader may narrow it
---@field sort? string "-revenue" or a dimension
---@field limit? integer rows shown, the others summed up
---@field chart? string "bars"|"line"|"funnel"|"pie"|"stacked"|"none"

---@param name string
---@return fun(definition: perigee.Report)
function report(name) end

---One widget of a dashboard: a report, a list of records, or a text.
---@class perigee.Widget
---@field report? string a report, by name
---@field shown? string "table"|"chart"|"figure"|"funnel"|"pivot"|"cards"|"goal"
---@field metric? string of the report: which figure is drawn; without it the first
---@field goal? string of the report, where `shown` is "goal": what the figure is held against
---@field period? string of its own, whatever the page's is
---@field compare? string
---@field filters? table<string, any[]> dimension and values
---@field entity? string a list of its records
---@field where? string
---@field sort? string
---@field fields? string "name,amount"
---@field text? perigee.Text
---@field title? perigee.Text
---@field width? integer columns of twelve, 4 unless said
---@field height? integer lines, 3 unless said
---@field limit? integer rows shown

---Several reports, lists and texts on one page, answered from one snapshot.
---@class perigee.Dashboard
---@field label perigee.Text
---@field help? perigee.Text
---@field roles? string|string[] whom it is shown first
---@field period? string of every widget that has none of its own
---@field widgets perigee.Widget[]

---@param name string
---@return fun(definition: perigee.Dashboard)
function dashboard(name) end

---What a page draws: records of an entity, which and in which order, and what the page uses their fields for.
---@class perigee.View
---@field page? string "board"|"calendar"|"home" or a plugin's own; without it the view is kept whole for who asks
---@field slot? "record"|"record.action"|"home"|"page"|"list.column"|"list.action"|"board.card"|"palette"|"field" a place in the client's pages instead of a page: sdk/doc/extensions.md
---@field file? string of a slot: a module in the folder ui/; without it the slot is drawn by Lua
---@field part? string the name that the module exports
---@field entity? string
---@field label? perigee.Text
---@field help? perigee.Text said when there is nothing
---@field icon? string
---@field tone? string "green"|"amber"|"red"|"blue"|"violet"|"gray"
---@field where? string an expression
---@field sort? string "-amount,name"
---@field position? integer
---@field fields? table<string, string|string[]> amount = "amount", lines = { "organization" }: sdk/doc/meta.md has the uses

---@param name string
---@return fun(definition: perigee.View)
function view(name) end

---Kept whole for the screens: how a form is laid out.
---@param name string
---@return fun(definition: table)
function layout(name) end
