-- Distributes new leads among the sellers: in turn, by load, by skill or by territory.
-- Раздаёт новые лиды продавцам: по очереди, по загрузке, по умениям или по территориям.
--
-- A lead counts as new while its owner is none of the sellers: it came by a form, an import with automations, or a
-- colleague's hand. Settings below. / Лид считается новым, пока его ответственный - не продавец. Настройки ниже.

local settings = {
  way = "turn", -- "turn", "load", "skill", "territory"
  role = "sales", -- whose users get leads
  -- skill: a word of the interest -> logins; territory: a source -> the region of a team
  skills = {}, -- { pump = { "ann", "bob" } }
  territories = {}, -- { fair = "North" }
}

local function sellers()
  return crm.query("user"):where("active and role.name == ?", settings.role):sort("login"):rows()
end

-- The next one after who had the last, also when people come and go.
local function in_turn(candidates)
  local last, chosen = crm.kept("last"), candidates[1]
  for _, user in ipairs(candidates) do
    if last and user.login > last then
      chosen = user
      break
    end
  end
  crm.keep("last", chosen.login)
  return chosen
end

local function by_load(candidates)
  local open, chosen = {}, nil
  local rows = crm.query("lead"):where("stage.kind == 'open'"):group("owner"):measure("n", "count()"):rows()
  for _, row in ipairs(rows) do
    if row.owner then open[row.owner.id] = row.n end
  end
  for _, user in ipairs(candidates) do
    if not chosen or (open[user.id] or 0) < (open[chosen.id] or 0) then chosen = user end
  end
  return chosen
end

local function only(candidates, fits)
  local some = {}
  for _, user in ipairs(candidates) do
    if fits(user) then some[#some + 1] = user end
  end
  return #some > 0 and some or candidates
end

local function by_skill(candidates, lead)
  local able = {}
  local interest = (lead.interest or ""):lower()
  for word, logins in pairs(settings.skills) do
    if interest:find(word:lower(), 1, true) then
      for _, login in ipairs(logins) do able[login] = true end
    end
  end
  return in_turn(only(candidates, function(user) return able[user.login] end))
end

local function by_territory(candidates, lead)
  local region = settings.territories[lead.source or ""]
  return in_turn(only(candidates, function(user) return region and user.team and user.team.region == region end))
end

local ways = { turn = in_turn, load = by_load, skill = by_skill, territory = by_territory }

after("lead.created", { when = "stage.kind == 'open'" }, function(event)
  local lead, candidates = event.record, sellers()
  local owner = event.after.owner
  if not lead.last_name or #candidates == 0 then return end -- it has gone meanwhile, or nobody is there
  for _, user in ipairs(candidates) do
    if owner and owner.id == user.id then return end
  end
  local chosen = ways[settings.way](candidates, lead)
  crm.update(lead, { owner = chosen, team = chosen.team or crm.null })
  crm.notify(chosen, { kind = "lead", text = crm.t { en = "A new lead is yours", ru = "Новый лид - ваш" } }, lead)
end)
