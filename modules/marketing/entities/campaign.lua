-- Campaigns and what they cost: entered, imported by day or written by the channels' own programs.

directory "channel" {
  label = { en = "Channels", ru = "Каналы" },
  items = {
    { code = "search", label = { en = "Search", ru = "Поиск" } },
    { code = "social", label = { en = "Social networks", ru = "Соцсети" } },
    { code = "media", label = { en = "Display", ru = "Медийная реклама" } },
    { code = "influencer", label = { en = "Influencers", ru = "Блогеры" } },
    { code = "e-mail", label = { en = "E-mail", ru = "Рассылки" } },
    { code = "event", label = { en = "Events", ru = "Мероприятия" } },
    { code = "outdoor", label = { en = "Outdoor", ru = "Наружная реклама" } },
  },
}

directory "campaign_status" {
  label = { en = "States of campaigns", ru = "Состояния кампаний" },
  items = {
    { code = "planned", label = { en = "Planned", ru = "Запланирована" } },
    { code = "running", label = { en = "Running", ru = "Идёт" }, color = "green" },
    { code = "paused", label = { en = "Paused", ru = "Приостановлена" }, color = "amber" },
    { code = "finished", label = { en = "Finished", ru = "Завершена" }, color = "gray" },
  },
}

entity "campaign" {
  label = { en = "Campaign", ru = "Кампания" },
  label_plural = { en = "Campaigns", ru = "Кампании" },
  icon = "megaphone",
  title = "name",
  fields = {
    name = text { required = true, search = true, sort = true, label = { en = "Name", ru = "Название" } },
    code = text { search = true, label = { en = "UTM campaign", ru = "UTM-кампания" }, help = { en = "What links to the site say in utm_campaign", ru = "Что стоит в utm_campaign ссылок на сайт" } },
    channel = choice "channel" { label = { en = "Channel", ru = "Канал" } },
    status = choice "campaign_status" { default = "'planned'", label = { en = "Status", ru = "Состояние" } },
    starts_on = date { sort = true, label = { en = "Starts", ru = "Начало" } },
    ends_on = date { label = { en = "Ends", ru = "Конец" } },
    budget = money { label = { en = "Budget", ru = "Бюджет" } },
    spent = rollup { of = "campaign_spend", by = "campaign", value = "sum(amount)", label = { en = "Spent", ru = "Потрачено" } },
    description = long_text { label = { en = "Description", ru = "Описание" } },
  },
  rules = {
    {
      when = "starts_on ~= nil and ends_on ~= nil and ends_on < starts_on",
      refuse = "ends_on",
      message = { en = "The end comes before the beginning", ru = "Конец раньше начала" },
    },
  },
}

-- One row a campaign and day; orders and revenue are what the channel says, not what was sold here.
entity "campaign_spend" {
  label = { en = "Campaign spend", ru = "Расход на кампанию" },
  label_plural = { en = "Campaign spend", ru = "Расходы на кампании" },
  icon = "wallet",
  title = "name",
  fields = {
    campaign = ref "campaign" { required = true, timeline = true, label = { en = "Campaign", ru = "Кампания" } },
    name = text { default = "campaign.name", label = { en = "Name", ru = "Название" } },
    on = date { required = true, sort = true, label = { en = "Day", ru = "День" } },
    channel = choice "channel" { default = "campaign.channel", label = { en = "Channel", ru = "Канал" } },
    amount = money { rate_on = "on", label = { en = "Spent", ru = "Потрачено" } },
    impressions = integer { label = { en = "Impressions", ru = "Показы" } },
    clicks = integer { label = { en = "Clicks", ru = "Клики" } },
    leads = integer { label = { en = "Leads", ru = "Лиды" } },
    orders = integer { label = { en = "Orders", ru = "Заказы" } },
    revenue = money { rate_on = "on", label = { en = "Revenue as told", ru = "Выручка по данным канала" } },
  },
  rules = {
    {
      when = "amount ~= nil and amount < 0",
      refuse = "amount",
      message = { en = "A spend cannot be negative", ru = "Расход не может быть отрицательным" },
    },
  },
}

local campaign = ref "campaign" { label = { en = "Campaign", ru = "Кампания" } }
for _, name in ipairs { "lead", "deal", "organization", "contact" } do
  extend(name) { fields = { campaign = campaign } }
end

-- What a campaign costs is for those who run it and for heads of departments.
local every = { read = true, create = true, update = true, delete = true, export = true }
local told = { read = true, hidden = { "budget", "spent" } }
role "marketing" { entities = { campaign = every, campaign_spend = every } }
role "head" { entities = { campaign = { read = true, export = true }, campaign_spend = { read = true, export = true } } }
role "sales" { entities = { campaign = told } }
role "support" { entities = { campaign = told } }

-- A link says its campaign in utm_campaign; whoever comes by it belongs to that campaign, and so does the
-- business that is made of it.
after("lead.created", { when = "campaign == nil and utm_campaign ~= nil" }, function(event)
  local lead = event.record
  if lead == nil then return end
  local found = crm.query("campaign"):where("lower(coalesce(code, name)) == lower(?)", lead.utm_campaign):limit(1):rows()
  if found[1] then crm.update(lead, { campaign = found[1] }) end
end)

after("deal.created", { when = "campaign == nil and lead ~= nil" }, function(event)
  local deal = event.record
  local lead = deal and deal.lead
  if lead and lead.campaign then crm.update(deal, { campaign = lead.campaign }) end
end)
