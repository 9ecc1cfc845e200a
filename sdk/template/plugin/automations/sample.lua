before("sample_item", function(item)
  if item.ends_on and item.ends_on < crm.today() then
    crm.refuse("ends_on", { en = "It has ended already", ru = "Это уже закончилось" })
  end
end)
after("sample_item.created", { when = "holder ~= nil" }, function(event)
  crm.update(event.record.holder, { sample_seen = true })
end)
