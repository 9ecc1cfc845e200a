-- Who is told what: mentioned, something became theirs, a comment on what they own or follow, a job of theirs
-- has ended, a change of definitions waits for them. Reminders of tasks are reminder.c. What a notification is about is looked up when it is read, under the
-- reader's rights then (notification_route.c); the row itself says nothing of the record.

-- Nobody is told twice of one thing, nor of what they did themselves.
local function tell(user, kind, event, about, told)
  if user == nil or told[user.id] or (event.actor and event.actor.id == user.id) then return end
  told[user.id] = true
  local key = kind .. "/" .. event.record.id .. "/" .. user.id
  if kind ~= "assigned" and crm.query("notification"):where("key == ?", key):count() > 0 then return end
  crm.notify(user, { kind = kind, about = about, actor = event.actor, key = kind ~= "assigned" and key or nil })
end

local function mentioned(event, about)
  local told = {}
  for _, user in ipairs(event.record.mentions or {}) do tell(user.record, "mention", event, about, told) end
  return told
end

local function commented(event)
  local comment = event.record
  if comment == nil then return end
  local about = comment.about
  local told = mentioned(event, about or comment)
  if about == nil or event.verb ~= "create" then return end
  tell(about.owner, "comment", event, about, told)
  for _, user in ipairs(about.followers or {}) do tell(user.record, "comment", event, about, told) end
end

after("comment.created", commented)
after("comment.mentions.changed", commented)

local function noted(event)
  if event.record then mentioned(event, event.record.about or event.record) end
end

after("activity.mentions.changed", noted)
after("activity.created", { when = "owner ~= nil and owner ~= created_by or kind == 'note'" }, function(event)
  if event.record == nil then return end
  noted(event)
  if event.actor and event.record.kind ~= "note" then tell(event.record.owner, "assigned", event, event.record, {}) end
end)

local function assigned(event)
  if event.record and event.actor then tell(event.record.owner, "assigned", event, event.record, {}) end
end

after("activity.owner.changed", { when = "owner ~= nil and owner ~= updated_by" }, assigned)
after("organization.owner.changed", { when = "owner ~= nil and owner ~= updated_by" }, assigned)
after("organization.created", { when = "owner ~= nil and owner ~= created_by" }, assigned)
after("contact.owner.changed", { when = "owner ~= nil and owner ~= updated_by" }, assigned)
after("contact.created", { when = "owner ~= nil and owner ~= created_by" }, assigned)

-- Imports, bulk changes and the like that a person began; what a script runs tells nobody.
after("job.ended", function(event)
  local job = event.data
  if job.kind:find("^script%.") then return end
  crm.notify(job.user, { kind = job.state == "done" and "job" or "job_failed", text = job.kind, key = "job/" .. job.job })
end)

-- `text` names the change: "waiting/ID" for those who may decide, "approved/ID" or "refused/ID" for its author.
local function told_of_change(event)
  local change = event.data
  for _, user in ipairs(change.users) do
    local text = change.state .. "/" .. change.change
    crm.notify(user, { kind = "approval", text = text, actor = change.by, key = "approval/" .. text .. "/" .. user })
  end
end

after("definition.waiting", told_of_change)
after("definition.decided", told_of_change)

-- A plugin or script whose files on disk do not load or fit: those who can do something about it.
after("extension.refused", function(event)
  local it = event.data
  crm.query("user"):where("role.name == 'admin' and active"):each(function(user)
    local key = "extension/" .. it.owner .. "/" .. it.digest .. "/" .. user.id
    if crm.query("notification"):where("key == ?", key):count() > 0 then return end
    crm.notify(user.id, { kind = "message", text = it.owner .. ": " .. it.reason, key = key })
  end)
end)

-- A script that was killed twice within ten minutes is switched off: whoever wrote it here, of what lies on disk
-- administrators. `text` is "time/scripts/renewals".
after("script.disabled", function(event)
  local it = event.data
  local function told(user)
    local key = "script_disabled/" .. it.run .. "/" .. user.id
    if crm.query("notification"):where("key == ?", key):count() > 0 then return end
    crm.notify(user.id, { kind = "script_disabled", text = it.outcome .. "/" .. it.script, key = key })
  end
  local author = it.author and crm.get("user", it.author)
  if author and author.active then return told(author) end
  crm.query("user"):where("role.name == 'admin' and active"):each(told)
end)
