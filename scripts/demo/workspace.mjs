/** The people of the demo workspace and what they talk about: a company that roasts coffee and delivers it to offices. */

/** User names, with the names that are shown. The first is whom to sign in as. */
export const people = {
  dana: "Dana Levi",
  omar: "Omar Haddad",
  mia: "Mia Chen",
  jonas: "Jonas Weber",
  priya: "Priya Nair",
  sam: "Sam Okafor",
}

/** `reply` and `react.to` count the messages of the conversation from 0; who is not in `read` has unread messages. */
export const conversations = {
  everyone: {
    name: "Everyone",
    topic: "News for the whole house",
    members: ["dana", "omar", "mia", "jonas", "priya", "sam"],
    messages: [
      { from: "dana", body: "Good morning! The new roaster arrives on Thursday. The yard is closed from 8 to 11." },
      { from: "sam", body: "I will move the morning deliveries to the side gate." },
      { from: "omar", react: { to: 1, key: "👍" } },
      { from: "priya", body: "Thursday is also the fire drill, at 14:00. Please be outside, not on the phone 🙂" },
      { from: "jonas", react: { to: 3, key: "😄" } },
    ],
  },
  support: {
    name: "Support",
    topic: "Customers who wait for an answer",
    members: ["mia", "dana", "sam", "omar"],
    read: ["mia", "sam"],
    messages: [
      { from: "mia", body: "Acme writes that 6 of the 40 bags in order 2231 are torn. They attached photos." },
      { from: "sam", body: "I can send 6 new ones with today's truck, it leaves at 15:30." },
      { from: "mia", body: "Please do. I will tell them.", reply: 1 },
      { from: "omar", body: "Give them 10 % on the next order as well. They are about to sign for two more offices." },
      { from: "mia", body: "Is a 10 % credit all right with you, @dana?" },
    ],
  },
  acme: {
    name: "Acme · rollout",
    topic: "Machines and deliveries for Acme's new offices",
    members: ["priya", "dana", "omar", "sam"],
    messages: [
      {
        from: "priya",
        body: "Plan for Haifa and Lyon: machines in week 32, training in week 33, first delivery in week 34.",
      },
      { from: "omar", body: "Lyon asks for decaf as the default in two kitchens. Contract annex is with them." },
      { from: "sam", body: "הצוות בחיפה מבקש אספקה ביום שני בבוקר, לפני 9:00." },
      { from: "priya", body: "Monday 8:30 works for Haifa. I have put it into the mission.", reply: 2 },
      {
        from: "priya",
        image: { name: "orders-per-week.png", values: [12, 18, 15, 22, 27, 24, 31, 36, 34, 42] },
      },
      { from: "priya", body: "Orders per week since the pilot. We need the second driver from week 34." },
      { from: "omar", react: { to: 5, key: "🚚" } },
      { from: "dana", body: "Good news. Hire one, I will tell Acme today." },
    ],
  },
  invoices: {
    name: "Invoices",
    topic: "What is open, what is paid",
    members: ["jonas", "dana", "omar"],
    messages: [
      { from: "jonas", body: "INV-1042 (Acme) was paid this morning, three days early." },
      { from: "omar", body: "Told you so 🎉", reply: 0 },
      { from: "jonas", body: "INV-1038 (Northwind) is 14 days late. Second reminder goes out today." },
      { from: "dana", body: "Call them first, please. Their bookkeeper was ill last month." },
    ],
  },
  "dana-omar": {
    direct: true,
    members: ["dana", "omar"],
    messages: [
      { from: "dana", body: "Are you ready for the Acme call at 11?" },
      { from: "omar", body: "Yes. The offer is in the record, version 3 is the one they saw." },
      { from: "dana", body: "Good. I will be five minutes late, start without me." },
    ],
  },
  "dana-mia": {
    direct: true,
    members: ["dana", "mia"],
    read: ["mia"],
    messages: [
      { from: "mia", body: "Can I take Friday off? Sam covers the queue until noon, Omar after that." },
      { from: "dana", body: "Of course. Enjoy the long weekend!" },
      { from: "mia", body: "Thank you ☀️" },
    ],
  },
  "dana-sam": {
    direct: true,
    members: ["sam", "dana"],
    messages: [
      { from: "sam", body: "سيصل السائق الجديد غدًا في الساعة السابعة." },
      { from: "dana", body: "Perfect, I will show him the warehouse." },
    ],
  },
}
