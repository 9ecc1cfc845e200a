-- What led to a deal: the customer's requests with a campaign or source, in their order, and which share of the
-- deal each of five models gives to each. The shares of a model add up to one, whatever the number of touches.

entity "deal_touch" {
  label = { en = "Touch of a deal", ru = "Касание сделки" },
  label_plural = { en = "Touches of deals", ru = "Касания сделок" },
  title = "name",
  fields = {
    deal = ref "deal" { required = true, on_delete = "with", label = { en = "Deal", ru = "Сделка" } },
    lead = ref "lead" { required = true, on_delete = "with", label = { en = "Lead", ru = "Лид" } },
    name = text { default = "lead.name", label = { en = "Name", ru = "Название" } },
    key = text { unique = true, max = 60, hidden = true, label = { en = "Once", ru = "Единожды" } },
    campaign = ref "campaign" { label = { en = "Campaign", ru = "Кампания" } },
    source = choice "source" { label = { en = "Source", ru = "Источник" } },
    at = time { sort = true, label = { en = "When", ru = "Когда" } },
    place = integer { label = { en = "Place", ru = "Какое по счёту" } },
    touches = integer { label = { en = "Of how many", ru = "Из скольких" } },
    first_share = decimal { label = { en = "By first touch", ru = "По первому касанию" } },
    last_share = decimal { label = { en = "By last touch", ru = "По последнему касанию" } },
    linear_share = decimal { label = { en = "Linear", ru = "Линейно" } },
    decay_share = decimal { label = { en = "By time decay", ru = "По давности" } },
    position_share = decimal { label = { en = "By position", ru = "По месту" } },
    -- What the touches before this one were given: a part of an amount is what it comes to with this
    -- share less what it came to without, so that parts, each rounded to the cent, make the whole.
    linear_before = decimal { label = { en = "Linear, before it", ru = "Линейно, до него" } },
    decay_before = decimal { label = { en = "By time decay, before it", ru = "По давности, до него" } },
    position_before = decimal { label = { en = "By position, before it", ru = "По месту, до него" } },
  },
}
role "marketing" { entities = { deal_touch = { read = true, export = true } } }
role "head" { entities = { deal_touch = { read = "one_of(deal.team, my_tree()) or deal.owner == me()", export = true } } }

local HALF_LIFE_MS = 7 * 86400000 -- of decay: a touch a week before the last one counts half
local MOST = 50

-- Parts of one in millionths, and what was given before each; the last touch takes what rounding leaves over.
local function shares(weights)
  local sum, given, result, before = 0, 0, {}, {}
  for _, weight in ipairs(weights) do sum = sum + weight end
  for i, weight in ipairs(weights) do
    local part = i == #weights and 1000000 - given or math.floor(weight / sum * 1000000 + 0.5)
    before[i], result[i] = given / 1000000, part / 1000000
    given = given + part
  end
  return result, before
end

local function models(touches)
  local count, first, last, linear, decay, position = #touches, {}, {}, {}, {}, {}
  for i, touch in ipairs(touches) do
    first[i] = i == 1 and 1 or 0
    last[i] = i == count and 1 or 0
    linear[i] = 1
    decay[i] = 2 ^ ((touch.created_at - touches[count].created_at) / HALF_LIFE_MS)
    position[i] = (i == 1 or i == count) and 0.4 or 0.2 / (count - 2)
  end
  local by = { first_share = (shares(first)), last_share = (shares(last)) }
  by.linear_share, by.linear_before = shares(linear)
  by.decay_share, by.decay_before = shares(decay)
  by.position_share, by.position_before = shares(position)
  return by
end

-- Requests of the deal's contact, of its organization and its own one, up to the day it was closed.
local function touches_of(deal)
  local seen, touches = {}, {}
  local function take(field, of)
    if not of then return end
    local found = crm.query("lead"):where(field .. " == ? and (campaign ~= nil or source ~= nil)", of)
    if deal.closed_on then found = found:where("day(created_at) <= ?", deal.closed_on) end
    for _, lead in ipairs(found:sort("-created_at"):limit(MOST):rows()) do
      if not seen[lead.id] then
        seen[lead.id] = true
        touches[#touches + 1] = lead
      end
    end
  end
  take("id", deal.lead)
  take("converted_contact", deal.contact)
  take("converted_organization", deal.organization)
  table.sort(touches, function(a, b)
    if a.created_at ~= b.created_at then return a.created_at < b.created_at end
    return math.tointeger(tonumber(a.id)) < math.tointeger(tonumber(b.id))
  end)
  while #touches > MOST do table.remove(touches, 1) end
  return touches
end

local function attribute(deal)
  if not deal then return end
  local touches, known = touches_of(deal), {}
  local by = models(touches)
  for _, row in ipairs(crm.query("deal_touch"):where("deal == ?", deal):limit(1000):rows()) do known[row.key] = row end
  for i, lead in ipairs(touches) do
    local key = deal.id .. "/" .. lead.id
    local fields = { at = lead.created_at, campaign = lead.campaign or crm.null, source = lead.source or crm.null, place = i, touches = #touches }
    for share, values in pairs(by) do fields[share] = values[i] end
    if known[key] then
      crm.update(known[key], fields)
      known[key] = nil
    else
      fields.deal, fields.lead, fields.key = deal, lead, key
      crm.create("deal_touch", fields)
    end
  end
  for _, row in pairs(known) do crm.delete(row) end
end

local function any(changed, names)
  for _, name in ipairs(names) do
    if changed and changed[name] then return true end
  end
  return false
end

after("deal.created", function(event) attribute(event.record) end)
after("deal.updated", function(event)
  if any(event.changed, { "lead", "contact", "organization", "closed_on" }) then attribute(event.record) end
end)
after("lead.updated", function(event)
  local lead = event.record
  if not lead or not any(event.changed, { "converted_contact", "converted_organization", "campaign", "source" }) then return end
  local seen = {}
  local made = event.changed.converted_deal and lead.converted_deal -- its own event tells of it
  if made then seen[made.id] = true end
  local function again(field, of)
    if not of then return end
    for _, deal in ipairs(crm.query("deal"):where(field .. " == ?", of):sort("-id"):limit(200):rows()) do
      if not seen[deal.id] then
        seen[deal.id] = true
        attribute(deal)
      end
    end
  end
  again("lead", lead)
  again("contact", lead.converted_contact)
  again("organization", lead.converted_organization)
end)
