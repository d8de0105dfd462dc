"""Texts of the page The source study: introduction, history, responsible use, references."""

INTRODUCTION = """\
A small study asked which activation function suits a network that tells **happy from sad photos**. It scraped 480
photos from a stock-photo search, trained three networks with ReLU, sigmoid and tanh, and let the best by its ROC curve
classify new photos. This app began as a reimplementation of it. How the study went wrong teaches more than its result:
six figures, each with what the text says, what we measure, and why.
"""

HISTORY = """\
- **1959, 1962.** Hubel and Wiesel record from single cells in the visual cortex of cats: *simple cells* respond to
  an edge of one orientation at one position, *complex cells* to the edge anywhere within a small area.
- **1980.** Fukushima's *Neocognitron* stacks layers of both kinds. Its features are shared over all positions and
  learned without labels; its output tolerates shifts. It does not use gradient descent.
- **1989.** LeCun and others train shared kernels by backpropagation, on handwritten postcode digits.
- **1990, 1992.** The maximum instead of an average: Yamaguchi and others use it over time, for spoken words; Weng,
  Ahuja and Huang's *Cresceptron* uses it over positions in an image. It was later called max pooling.
- **1991.** Hochreiter explains why the gradient vanishes or explodes when it passes back through many layers.
- **1998.** *LeNet-5*: convolutions, average pooling, a scaled tanh. The preset *lenet5* on Configure is close to it.
- **2010 to 2015.** Initial weights that suit the activation (Glorot and Bengio; He and others), ReLU in deep networks
  (Nair and Hinton; Glorot, Bordes and Bengio) and batch normalization (Ioffe and Szegedy) make deep networks common.
"""

RESPONSIBLE_USE = """\
- **A label describes an expression in a photo, not a feeling.** People smile without being happy, and are sad without
  showing it (Barrett et al. 2019). This app says *looks happy*, never *is happy*.
- **Not for people at work or in school.** In the European Union it has been prohibited since 2 February 2025 to
  infer emotions there, other than for medical or safety reasons: AI Act, Regulation (EU) 2024/1689, Article 5(1)(f).
- **Not for hiring, not for policing,** and for no other decision about a person.
- **Scraped photos belong to other people**: to the people who took them and the people in them. Collect only photos you
  are allowed to use, follow the license that Collect shows, keep them to yourself, and delete a photo when its owner
  asks.
- **A network knows only photos like those it was trained on.** People who are rare or missing among them, by age, skin,
  culture or lighting, get worse predictions (Buolamwini and Gebru 2018). No number on your test photos shows this if
  they are missing there too.
"""

REFERENCES = """\
- Barrett, Adolphs, Marsella, Martinez, Pollak: Emotional expressions reconsidered. *Psychological Science in the Public
  Interest* 20(1), 2019.
- Buolamwini, Gebru: Gender shades: intersectional accuracy disparities in commercial gender classification.
  *Conference on Fairness, Accountability and Transparency* 2018.
- Fukushima: Neocognitron: a self-organizing neural network model for a mechanism of pattern recognition unaffected by
  shift in position. *Biological Cybernetics* 36, 1980.
- Geirhos, Jacobsen, Michaelis, Zemel, Brendel, Bethge, Wichmann: Shortcut learning in deep neural networks. *Nature
  Machine Intelligence* 2, 2020.
- Glorot, Bengio: Understanding the difficulty of training deep feedforward neural networks. *AISTATS* 2010.
- Glorot, Bordes, Bengio: Deep sparse rectifier neural networks. *AISTATS* 2011.
- He, Zhang, Ren, Sun: Delving deep into rectifiers: surpassing human-level performance on ImageNet classification.
  *ICCV* 2015.
- Hochreiter: Untersuchungen zu dynamischen neuronalen Netzen. Diploma thesis, Technische Universität München, 1991.
- Hubel, Wiesel: Receptive fields of single neurones in the cat's striate cortex. *Journal of Physiology* 148, 1959.
- Hubel, Wiesel: Receptive fields, binocular interaction and functional architecture in the cat's visual cortex.
  *Journal of Physiology* 160, 1962.
- Ioffe, Szegedy: Batch normalization: accelerating deep network training by reducing internal covariate shift. *ICML*
  2015.
- Kaufman, Rosset, Perlich, Stitelman: Leakage in data mining: formulation, detection, and avoidance. *ACM Transactions
  on Knowledge Discovery from Data* 6(4), 2012.
- LeCun, Boser, Denker, Henderson, Howard, Hubbard, Jackel: Backpropagation applied to handwritten zip code recognition.
  *Neural Computation* 1(4), 1989.
- LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition. *Proceedings of the IEEE*
  86(11), 1998.
- Nair, Hinton: Rectified linear units improve restricted Boltzmann machines. *ICML* 2010.
- Weng, Ahuja, Huang: Cresceptron: a self-organizing neural network which grows adaptively. *IJCNN* 1992.
- Yamaguchi, Sakamoto, Akabane, Fujimoto: A neural network for speaker-independent isolated word recognition. *ICSLP*
  1990.
- Zhang, Bengio, Hardt, Recht, Vinyals: Understanding deep learning requires rethinking generalization. *ICLR* 2017.
"""
