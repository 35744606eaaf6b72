// Adds to the sample archive what the checks need beside it: `node archive.mjs FOLDER`.

import { mkdir, writeFile } from "node:fs/promises";

const folder = `${process.argv[2]}/2019/页面检查`;
await mkdir(folder, { recursive: true });

// Markup where only text may be: in the file's name, the title, the text.
const attack = `<img src=x onerror="document.title='坏了'">`;
await writeFile(
  `${folder}/<img src=x onerror=document.title='坏了'>.txt`,
  `关于${attack}的通知\n\n各单位：\n现将<script>document.title='坏了'</script>标记注入事项通知如下。${attack}\n`,
);

// A document of more than 400,000 characters.
const lines = ["全年会议发言汇编", "二〇一九年十二月三十日"];
let length = 0;
for (let part = 1; length < 400_000; part += 1) {
  lines.push(`${part}．第${part}场座谈会`);
  for (let n = 1; n <= 12; n += 1) {
    const text = `第${part}场的第${n}位代表说，渠道要一段一段清，田埂要一寸一寸量，年初应下的事到年底逐件对账，账对不上的回村再问一遍，问清楚了再往下走，不许拿平均数遮住没办成的那几件。`;
    const long = text + (n === 7 ? "尤其要记住长卷标记这四个字。" : "") + text.slice(6);
    lines.push(long);
    length += long.length;
  }
}
await writeFile(`${folder}/全年会议发言汇编.txt`, `${lines.join("\n\n")}\n`);
