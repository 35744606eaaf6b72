//! What is numbering and what is not, in short documents as `tests` describes them.

use expect_test::expect;

use super::tests::check;

#[test]
fn series_of_speech_need_two_members_that_follow_each_other() {
    check("首先，请允许我表示感谢。大家辛苦了。", expect![""]);
    check("二是没有一。三是也没有。", expect![""]);
    check("一是修路。三是修桥。", expect![""]);
    check("最后，祝大家身体健康。", expect![""]);
    check(
        "首先，看清。其次，想透。再次，说明白。最后，干到底。",
        expect![[r"
            1 首先，看清
            1~ 其次，想透
            1~ 再次，说明白
            1~ 最后，干到底
        "]],
    );
}

#[test]
fn words_that_only_look_like_numbering_are_none() {
    check("第一产业增长。第二产业持平。第三产业回升。", expect![""]);
    check("第一，第二，第三产业都在增长。", expect![""]);
    check("第一书记到岗。第一时间报告。第二天开会。", expect![""]);
    check("二、三产业融合发展。\n三、四线城市回暖。", expect![""]);
    check("步调统一是关键。十一是国庆节。二是没有一。", expect![""]);
    check("做人要一是一，二是二。一是一。二是二。", expect![""]);
    check(
        "一要务。二要务。其他。其一般情况。其二",
        expect![[r"
        1 一要务
        1~ 二要务
    "]],
    );
    check("既要吃饭，一是保民生，二是促发展。", expect![""]);
    check(
        "（2023）第1号\n（2023年7月18日）\n2023.07.18\n3.15晚会\n1.5亿元",
        expect![""],
    );
    check("1.2亿元投资到位\n1.3亿元还在路上", expect![""]);
    check("一九五四年、一九五五年", expect![""]);
    check("依照前款（一）、（二）项办理。（二）项除外。", expect![""]);
}

#[test]
fn a_sequel_behind_a_comma_is_part_of_a_sentence() {
    check(
        "有三条路，一是往东。二是往西。",
        expect![[r"
            1~ 一是往东
            1~ 二是往西
        "]],
    );
    check("有三条路，一是往东，二是往西。", expect![""]);
    check(
        "难处有三：其一，缺水；其二，缺电；其三，缺人。",
        expect![[r"
            1~ 其一，缺水
            1~ 其二，缺电
            1~ 其三，缺人
        "]],
    );
    check(
        "一是清淤（牵头单位：水务局）二是护坡。",
        expect![[r"
            1 一是清淤（牵头单位：水务局）
            1~ 二是护坡
        "]],
    );
}

#[test]
fn all_kinds_of_speech_are_read() {
    check(
        "一要快。二要准。\n第一是水。第二是土。\n其一是路。其二是桥。\n一是，大家都来。二是，当天办完。\n首先是人。其次是钱。最後是物。",
        expect![[r"
            1 一要快
            1~ 二要准
            2 第一是水
            2~ 第二是土
            3 其一是路
            3~ 其二是桥
            4 一是，大家都来
            4~ 二是，当天办完
            5 首先是人
            5~ 其次是钱
            5~ 最後是物
        "]],
    );
}

#[test]
fn laws_have_chapters_and_numbers_of_articles() {
    check(
        "第一编　总　则\n第一章　一般规定\n第一节 目的\n第一条　为了保护水源，制定本办法。\n第二条　下列行为禁止：\n（一）倾倒垃圾；\n（二）放牧。\n第二条之一　解释权归县政府。\n第二章 附则\n第三条 【生效】本办法自公布之日起施行。",
        expect![[r"
            1 第一编　总　则
              2 第一章　一般规定
                3 第一节 目的
                  4 第一条
                  5 第二条
                  8 第二条之一
              9 第二章 附则
                10 第三条 【生效】
        "]],
    );
    check(
        "第一条 交货地点\n（一）县城\n第二条 付款方式",
        expect![[r"
            1 第一条 交货地点
              2 （一）县城
            3 第二条 付款方式
        "]],
    );
    check("第三条规定不适用于本办法。\n第一节课讲水利。", expect![""]);
    check(
        "第1章 总则\n第十 二 章\n第一部分 基础\n第三卷",
        expect![[r"
            1 第1章 总则
            3 第一部分 基础
            4 第三卷
        "]],
    );
}

#[test]
fn an_attachment_opens_anew_behind_articles() {
    check(
        "第一条 为了安全，制定本办法。\n一、附表说明\n（一）单位",
        expect![[r"
            1 第一条
            2 一、附表说明
              3 （一）单位
        "]],
    );
}

#[test]
fn other_signs_are_read() {
    check(
        "(一)半角\n㈡合一\n（ 三 ）有空格",
        expect![[r"
            1 (一)半角
            2 ㈡合一
            3 （ 三 ）有空格
        "]],
    );
    check(
        "一．全角点\n二.半角点\n三、顿号",
        expect![[r"
            1 一．全角点
            2 二.半角点
            3 三、顿号
        "]],
    );
    check(
        "１、全角\n2．点\n⒊合一\n4.2023年回顾\n5)括号",
        expect![[r"
            1 １、全角
            2 2．点
            3 ⒊合一
            4 4.2023年回顾
        "]],
    );
    check(
        "⑴甲\n1）乙\n2）丙\n⑵丁",
        expect![[r"
            1 ⑴甲
              2 1）乙
              3 2）丙
            4 ⑵丁
        "]],
    );
    check(
        "一　开篇\n二　展开",
        expect![[r"
            1 一　开篇
            2 二　展开
        "]],
    );
}

#[test]
fn technical_numbers_nest_by_their_length() {
    check(
        "1. 范围\n1.1 总则\n1.1.1 名词\n1.1.2 符号\n1.2 引用\n2. 要求\n2.1 材料\n2.2 工艺",
        expect![[r"
            1 1. 范围
              2 1.1 总则
                3 1.1.1 名词
                4 1.1.2 符号
              5 1.2 引用
            6 2. 要求
              7 2.1 材料
              8 2.2 工艺
        "]],
    );
}

#[test]
fn numbered_paragraphs_may_count_on_through_sections() {
    check(
        "（一）水\n1. 修渠\n2. 打井\n（二）电\n3. 架线\n5. 漏了四\n（三）路\n9. 不相连",
        expect![[r"
            1 （一）水
              2 1. 修渠
              3 2. 打井
            4 （二）电
              5 3. 架线
              6 5. 漏了四
            7 （三）路
        "]],
    );
    check(
        "（一）水\n1. 修渠\n（二）电\n2. 架线",
        expect![[r"
            1 （一）水
              2 1. 修渠
            3 （二）电
              4 2. 架线
        "]],
    );
    check("0# 1. 题目\n2. 架线", expect![""]);
}

#[test]
fn a_single_small_number_is_no_heading() {
    check("1. 只有一条", expect![""]);
    check("3、从三开始\n4、到四为止", expect![""]);
    check("①注释", expect![""]);
}

#[test]
fn tables_of_contents_are_not_headings() {
    check(
        "目　录\n第一章　总则\n第二章　水源\n第一章　总则\n第一条　为了水。\n第二章　水源",
        expect![[r"
            4 第一章　总则
              5 第一条
            6 第二章　水源
        "]],
    );
    check(
        "一、水源……3\n二、电力.......12\n三、道路\t- 15 -\n一、水源",
        expect![[r"
            4 一、水源
        "]],
    );
    check(
        "目录\n一、水源 1\n二、电力 2\n正文从这里开始，没有再次出现目录里的名字。",
        expect![[r"
            2 一、水源 1
            3 二、电力 2
        "]],
    );
}

#[test]
fn rows_of_tables_are_not_headings() {
    check("1. 小麦\t吨\t30\n2. 水稻\t吨\t50", expect![""]);
    check(
        "1.\t小麦\n2.\t水稻",
        expect![[r"
            1 1.	小麦
            2 2.	水稻
        "]],
    );
}

#[test]
fn chapters_count_on_through_parts() {
    check(
        "第一篇修渠\n第一章找水源\n正文。\n第二章定路线\n正文。\n第二篇用水\n第三章分水\n正文。\n第四章收费\n正文。",
        expect![[r"
            1 第一篇修渠
              2 第一章找水源
              4 第二章定路线
            6 第二篇用水
              7 第三章分水
              9 第四章收费
        "]],
    );
    // One that does not count on is a sentence about a chapter.
    check(
        "第一章找水源\n第二章定路线\n第五章讲过的不再讲。",
        expect![[r"
        1 第一章找水源
        2 第二章定路线
    "]],
    );
}

#[test]
fn a_table_of_contents_may_have_blanks_before_its_pages() {
    check(
        "目录\n1. 找水源 4\n2. 分水 12\n1. 找水源\n正文。\n2. 分水\n正文。",
        expect![[r"
            4 1. 找水源
            6 2. 分水
        "]],
    );
}
